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
    sys::panic("the arena points out of itself: %lx at offset %zx%s%s", word, offset, in_state ? ", State." : "",
               field == nullptr ? "" : field->name_text);
}

}  // namespace

std::size_t find_outside_word(std::span<const std::uint64_t> words, std::uint64_t image_end, Regions regions) {
    using layout::service_image;
    // VM gives the lowest addresses there are, and caches and disks consist of blocks. A wider net would catch text:
    // six characters and two zeros, of which the last is a digit, lie in the range of all regions.
    constexpr std::uint64_t given_first = 1ull << 36, smallest_block = 1024;
    const std::uint64_t watched = regions == Regions::watched ? given_first : 0;
    const auto found = std::find_if(words.begin(), words.end(), [=](std::uint64_t word) {
        return word - service_image < image_end - service_image ||
               (word - layout::regions < watched && word % smallest_block == 0);
    });
    return static_cast<std::size_t>(found - words.begin());
}

ArenaScan::ArenaScan(const Options &options)
    : active_(own_schema() != nullptr && !options.keeps_user_words), image_(options.update.valid != nullptr) {}

/// A service that can not be updated yet is looked at now and then.
std::uint64_t ArenaScan::period() const {
    constexpr std::uint64_t rarely = 64;
    const std::uint64_t period = sys::arena().bytes / bytes_per_message;
    return image_ ? period : (period + 1) * rarely;
}

void ArenaScan::scan() {
    messages_ = 0;
    const sys::ArenaHeader &header = sys::arena();
    if (!header.parked.empty()) return;  // users put any word into their messages
    const auto start = reinterpret_cast<std::uint64_t>(&header);
    const std::span<const GrantEntry> grants = header.grants.entries();
    const std::size_t words = header.bytes / sizeof(std::uint64_t);
    const std::size_t first = grants.empty() ? words : (reinterpret_cast<std::uint64_t>(grants.data()) - start) / 8;
    const std::size_t end = first + grants.size_bytes() / 8;
    scan(0, first, Regions::watched);
    scan(first, end, Regions::left_out);
    scan(end, words, Regions::watched);
}

void ArenaScan::scan(std::size_t first, std::size_t end, Regions regions) const {
    if (first >= end) return;
    const sys::ArenaHeader &header = sys::arena();
    const std::span words(reinterpret_cast<const std::uint64_t *>(&header) + first, end - first);
    const std::uint64_t image_end = image_ ? reinterpret_cast<std::uint64_t>(axo_image_end) : layout::service_image;
    const std::size_t index = find_outside_word(words, image_end, regions);
    if (index != words.size()) report(header, (first + index) * sizeof(std::uint64_t), words[index]);
}

}  // namespace axo::sef
