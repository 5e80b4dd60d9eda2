#include "lib/sef/arena_scan.hpp"

#include <algorithm>

#include "axo/layout.hpp"
#include "lib/sef/schema.hpp"
#include "lib/sys/arena.hpp"
#include "lib/sys/log.hpp"

extern "C" [[gnu::weak]] const char axo_image_end[];  // service.ld; a host test has none

namespace axo::sef {

namespace {

constexpr std::uint64_t bytes_per_message = 64 * 1024;

[[noreturn]] void report(const sys::ArenaHeader &header, std::size_t offset, std::uint64_t word) {
    const auto state = reinterpret_cast<std::uint64_t>(header.state) - reinterpret_cast<std::uint64_t>(&header);
    const Schema *schema = own_schema();
    const SchemaField *field = schema == nullptr || offset < state ? nullptr : schema->at(offset - state);
    const bool in_state = schema != nullptr && offset >= state && offset - state < schema->state_bytes;
    sys::panic("the arena points into the image: %lx at offset %zx%s%s", word, offset, in_state ? ", State." : "",
               field == nullptr ? "" : field->name_text);
}

}  // namespace

std::size_t find_word_between(std::span<const std::uint64_t> words, std::uint64_t low, std::uint64_t high) {
    const auto found =
        std::find_if(words.begin(), words.end(), [=](std::uint64_t word) { return word - low < high - low; });
    return static_cast<std::size_t>(found - words.begin());
}

ArenaScan::ArenaScan(const Options &options)
    : active_(options.update.valid != nullptr && own_schema() != nullptr && !options.keeps_user_words) {}

std::uint64_t ArenaScan::period() const { return sys::arena().bytes / bytes_per_message; }

void ArenaScan::scan() {
    messages_ = 0;
    const sys::ArenaHeader &header = sys::arena();
    if (!header.parked.empty()) return;  // users put any word into their messages
    const std::span words(reinterpret_cast<const std::uint64_t *>(&header), header.bytes / sizeof(std::uint64_t));
    const std::size_t index =
        find_word_between(words, layout::service_image, reinterpret_cast<std::uint64_t>(axo_image_end));
    if (index != words.size()) report(header, index * sizeof(std::uint64_t), words[index]);
}

}  // namespace axo::sef
