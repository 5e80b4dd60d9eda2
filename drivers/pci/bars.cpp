// See bars.hpp.
#include "drivers/pci/bars.hpp"

#include <bit>

namespace axo::pci {

namespace {

constexpr std::uint64_t io_bit = 1, memory_type = 6, type_64 = 4, prefetch_bit = 8;
constexpr std::uint64_t low_half = 0xffff'ffff;

constexpr std::uint64_t flag_bits(std::uint64_t original) { return (original & io_bit) != 0 ? 3 : 15; }

/// The bits that hold an address: one run, up to the end of the register.
constexpr bool is_mask(std::uint64_t bits, std::uint64_t width_mask) {
    return bits != 0 && ((bits | (bits - 1)) & width_mask) == width_mask && (bits & ~width_mask) == 0;
}

std::uint64_t size_of(std::uint64_t mask) { return mask & (~mask + 1); }

Bar decode_io(std::uint64_t original, std::uint64_t writable) {
    std::uint64_t mask = writable & low_half;
    // The upper half may be wired to zero: there are 64 K of ports.
    if ((mask >> 16) == 0 && mask != 0) mask |= low_half & ~std::uint64_t{0xffff};
    if (!is_mask(mask, low_half)) return {};
    return {.address = original & low_half & ~std::uint64_t{3},
            .size = size_of(mask),
            .kind = Bar::Kind::io,
            .prefetchable = false,
            .reserved = {}};
}

Bar decode_memory(std::uint64_t original, std::uint64_t writable) {
    const bool wide = (original & memory_type) == type_64;
    const std::uint64_t width_mask = wide ? ~std::uint64_t{0} : low_half;
    const std::uint64_t mask = writable & width_mask;
    if (!is_mask(mask, width_mask)) return {};
    return {.address = original & width_mask & ~std::uint64_t{15},
            .size = size_of(mask),
            .kind = wide ? Bar::Kind::memory64 : Bar::Kind::memory,
            .prefetchable = (original & prefetch_bit) != 0,
            .reserved = {}};
}

std::uint64_t answer_to(Place place, std::uint16_t number, std::uint32_t value) {
    (void)write_register(place, number, Width::dword, value);
    return peek(place, number, Width::dword);
}

/// Puts the register back.
BarProbe probe(Place place, std::uint16_t number) {
    const std::uint32_t original = peek(place, number, Width::dword);
    const BarProbe found{original, answer_to(place, number, ~0u), answer_to(place, number, 0)};
    (void)write_register(place, number, Width::dword, original);
    return found;
}

/// One register, or the two of a wide one; how many they were.
unsigned read_bar(Place place, unsigned index, unsigned count, Bar &bar) {
    const auto number = static_cast<std::uint16_t>(reg::first_bar + 4 * index);
    BarProbe found = probe(place, number);
    const bool wide = (found.original & io_bit) == 0 && (found.original & memory_type) == type_64 && index + 1 < count;
    if (wide) {
        const BarProbe upper = probe(place, static_cast<std::uint16_t>(number + 4));
        found.original |= upper.original << 32;
        found.ones |= upper.ones << 32;
        found.zeros |= upper.zeros << 32;
    }
    bar = decode_bar(found);
    return wide ? 2 : 1;
}

}  // namespace

Bar decode_bar(const BarProbe &probe) {
    // The flags are wired, and so is an address of which bits cannot be cleared: that is no place to decode.
    const std::uint64_t flags = flag_bits(probe.original), writable = probe.ones & ~probe.zeros;
    const bool wired = (probe.ones & flags) == (probe.original & flags) && (probe.zeros & ~flags) == 0;
    if (!wired || (writable & flags) != 0) return {};
    return (probe.original & io_bit) != 0 ? decode_io(probe.original, writable)
                                          : decode_memory(probe.original, writable);
}

void read_bars(Place place, unsigned count, Bar (&bars)[bars_max]) {
    for (Bar &bar : bars) bar = {};
    const std::uint32_t before = peek(place, reg::command, Width::word);
    const std::uint32_t quiet = before & ~(command::io | command::memory);
    (void)write_register(place, reg::command, Width::word, quiet);
    for (unsigned i = 0; i < count && i < bars_max;) i += read_bar(place, i, count, bars[i]);
    (void)write_register(place, reg::command, Width::word, before);
}

}  // namespace axo::pci
