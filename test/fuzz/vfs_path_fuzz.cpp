// sources: servers/vfs/path/path_text.cpp
// Paths: splitting loses nothing, names hold no slash, and a walk with symbolic links stays inside its buffer.
#include <memory>

#include "servers/vfs/path/path_text.hpp"
#include "test/fuzz/fuzz.hpp"

namespace {

using namespace axo;

void check_split(std::string_view path) {
    const vfs::SplitPath split = vfs::split_last(path);
    fuzz::require(split.name.find('/') == split.name.npos, "the last name has no slash");
    fuzz::require(path.starts_with(split.directory), "the directory is the front");
    const std::string_view behind = path.substr(split.directory.size() + split.name.size());
    fuzz::require(path.substr(split.directory.size()).starts_with(split.name) && vfs::only_slashes(behind),
                  "nothing is lost");
    fuzz::require(!split.trailing_slash || !behind.empty(), "a trailing slash is there");
    const std::size_t safe = vfs::bytes_before_dot_dot(path);
    fuzz::require(safe <= path.size() && (safe == path.size() || path.substr(safe).starts_with("..")),
                  "before dot-dot");
}

/// Takes names off the front as a walk does; now and then one turns out to be a link.
void walk(std::string_view text, fuzz::Input &links) {
    const auto path = std::make_unique<vfs::PathText>();
    if (!path->assign(text))
        return fuzz::require(text.size() >= vfs::PathText::capacity, "only too long a path is refused");
    fuzz::require(path->rest() == text, "assigned");
    for (unsigned steps = 0; steps < 100; ++steps) {
        path->skip_slashes();
        if (path->empty()) return;
        const std::size_t name = vfs::first_component(path->rest()).size();
        fuzz::require(name > 0 && name <= path->rest().size(), "a component");
        const auto how = links.take<std::uint8_t>();
        if (how % 4 != 1) {
            path->consume(name);
            continue;
        }
        // The file system may have walked further than this name, over more of the path.
        const std::size_t consumed = std::min(path->rest().size(), name + how / 4);
        const std::string target(links.take_text(links.take<std::uint8_t>()));
        const std::string before(path->rest());
        if (!path->replace_link(consumed, target)) {
            fuzz::require(path->rest() == before, "a refused link changes nothing");
            return;
        }
        fuzz::require(path->rest().find(target) != std::string_view::npos, "the target is there");
        fuzz::require(path->rest().size() < vfs::PathText::capacity, "the length");
    }
}

}  // namespace

std::uint64_t fuzz::usual_inputs() { return 8'000; }

std::vector<fuzz::Bytes> fuzz::seeds() {
    using namespace std::literals;
    return {bytes_of("\x0c\0/usr/../bin/\x01\x03xyz"sv), bytes_of("\x05\0a//b/\x01\x04/etc\0\0"sv),
            bytes_of("\x02\0.."sv)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    // A length of its own, and repetition, reach the limits with a short input.
    const std::size_t length = input.take<std::uint16_t>() % (2 * vfs::PathText::capacity);
    std::string text(input.take_text(length));
    for (const std::size_t unit = text.size(); unit != 0 && text.size() < length;)
        text.append(text, 0, std::min(unit, length - text.size()));
    check_split(text);
    walk(text, input);
    return 0;
}
