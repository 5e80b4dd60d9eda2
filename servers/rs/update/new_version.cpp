// The table that tools/make_schema.py wrote into the image, and what an update inherits.
#include "servers/rs/update/new_version.hpp"

#include <algorithm>
#include <cstddef>

#include "lib/base/format.hpp"
#include "lib/base/hash.hpp"
#include "lib/sef/schema.hpp"
#include "servers/rs/spawn/image_sections.hpp"
#include "servers/rs/spawn/image_store.hpp"

namespace axo::rs {

namespace {

bool is_fresh(std::uint32_t flags) { return (flags & service::start_flag::fresh) != 0; }

constexpr std::uint32_t of_the_update =
    service::start_flag::copy | service::start_flag::reuse | service::start_flag::verify | service::start_flag::fresh;

}  // namespace

Status check_image(const Version &running, std::span<const std::byte> image, std::uint32_t flags, FailureText &why) {
    if (is_fresh(flags)) return {};
    const auto table = find_section(image, ".axo.schema");
    if (number_at<std::uint64_t>(table, 0) != sef::Schema::expected_magic) return Error::no_exec;
    const std::string_view name = text_at(table, offsetof(sef::Schema, name_text));
    if (running.name != 0 && Hash<std::string_view>::of(name) != running.name) {
        format(why.text, "it is no version of this service but of %.*s",
               static_cast<int>(std::min<std::size_t>(name.size(), 24)), name.data());
        return Error::not_supported;
    }
    if (running.schema == 0 || number_at<std::uint64_t>(table, offsetof(sef::Schema, hash)).value_or(0) == 0) {
        put_text(why.text, running.schema == 0 ? "the State of the old version cannot be carried over"
                                               : "its State cannot take over that of the old version");
        return Error::not_supported;
    }
    return {};
}

Status check_protocols(const Version &running, const Version &next, std::uint32_t flags) {
    if (is_fresh(flags) || (running.protocols & ~next.protocols) == 0) return {};
    return Error::not_supported;
}

service::StartRecord inherited(const service::StartRecord &running, const service::StartRecord &given) {
    service::StartRecord record = running;
    const auto path = program_path(text_of(given.command));
    const auto old_command = text_of(running.command);
    const bool has_arguments = path.size() < text_of(given.command).size();
    std::string_view arguments = old_command;
    arguments.remove_prefix(program_path(old_command).size());
    std::copy(std::begin(given.command), std::end(given.command), record.command);
    if (!has_arguments && path.size() + arguments.size() < sizeof record.command)
        std::copy(arguments.begin(), arguments.end(), record.command + path.size());
    if (given.script[0] != '\0') std::copy(std::begin(given.script), std::end(given.script), record.script);
    std::copy(std::begin(given.label), std::end(given.label), record.label);
    record.flags = (running.flags & ~of_the_update) | (given.flags & of_the_update);
    if (given.period_ns != 0) record.period_ns = given.period_ns;
    record.max_prepare_ns = given.max_prepare_ns;
    record.update_state = given.update_state;
    record.drop_count = given.drop_count;
    std::copy(&given.drop[0][0], &given.drop[0][0] + sizeof given.drop, &record.drop[0][0]);
    return record;
}

}  // namespace axo::rs
