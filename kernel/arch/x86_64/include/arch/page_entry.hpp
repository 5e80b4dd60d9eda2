// The entries of page tables (SDM volume 3, table 4-20): four levels of 512 entries, the lower half of the root is the
// user's. Plain data: the host tests compile it too.
#pragma once

#include "axo/kernel_call.hpp"
#include "axo/types.hpp"

#include <cstdint>

namespace axo::kernel {

namespace entry_bit {
inline constexpr std::uint64_t present = 1u << 0, write = 1u << 1, user = 1u << 2, write_through = 1u << 3;
inline constexpr std::uint64_t cache_disable = 1u << 4, accessed = 1u << 5, dirty = 1u << 6, large = 1u << 7,
                               global = 1u << 8;
inline constexpr std::uint64_t no_execute = 1ull << 63;
inline constexpr std::uint64_t frame_mask = 0x000f'ffff'ffff'f000;
}  // namespace entry_bit

struct PageEntry {
    static constexpr unsigned levels = 4;      // the last one is the root
    static constexpr unsigned index_bits = 9;  // of an address, for each level
    static constexpr unsigned user_entries = 256;

    std::uint64_t bits;

    /// For a user page with these map flags.
    static constexpr PageEntry leaf(PhysAddr frame, std::uint32_t flags) {
        std::uint64_t bits = frame.value | entry_bit::present | entry_bit::user;
        if ((flags & map_flag::write) != 0) bits |= entry_bit::write;
        if ((flags & map_flag::execute) == 0) bits |= entry_bit::no_execute;
        if ((flags & map_flag::uncached) != 0) bits |= entry_bit::cache_disable | entry_bit::write_through;
        return {bits};
    }
    /// For the table of the level below; it allows everything, the leaf decides.
    static constexpr PageEntry table(PhysAddr frame) {
        return {frame.value | entry_bit::present | entry_bit::write | entry_bit::user};
    }
    static constexpr PageEntry none() { return {0}; }
    static constexpr bool can_hold(PhysAddr frame) { return (frame.value & ~entry_bit::frame_mask) == 0; }

    constexpr bool is_present() const { return (bits & entry_bit::present) != 0; }
    /// Present, and writable if asked for.
    constexpr bool allows(bool write) const {
        const std::uint64_t needed = write ? entry_bit::present | entry_bit::write : entry_bit::present;
        return (bits & needed) == needed;
    }
    constexpr PhysAddr frame() const { return {bits & entry_bit::frame_mask}; }
    constexpr std::uint32_t flags() const {
        std::uint32_t flags = 0;
        if ((bits & entry_bit::write) != 0) flags |= map_flag::write;
        if ((bits & entry_bit::no_execute) == 0) flags |= map_flag::execute;
        if ((bits & entry_bit::cache_disable) != 0) flags |= map_flag::uncached;
        return flags;
    }
    constexpr PageEntry read_only() const { return {bits & ~entry_bit::write}; }
    /// As one that nobody has used yet.
    constexpr PageEntry untouched() const { return {bits & ~(entry_bit::accessed | entry_bit::dirty)}; }
};
static_assert(sizeof(PageEntry) == 8);

}  // namespace axo::kernel
