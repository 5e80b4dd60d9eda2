// The vocabulary every part of the system shares: one type per kind of number, so that a stale
// endpoint or a physical address in the place of a virtual one does not compile or does not match.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace axo {

inline constexpr std::size_t page_size = 4096;
inline constexpr unsigned page_shift = 12;

inline constexpr unsigned max_processes = 1024;        // process slots
inline constexpr unsigned max_system_processes = 256;  // privilege structures that are not shared
inline constexpr unsigned label_size = 16;             // including the NUL

/// Names one incarnation of a process: slot in bits 0..11, generation in bits 12..30.
/// Bit 31 marks the names that are no process: ANY, NONE, SELF and the kernel's own senders.
struct Endpoint {
    std::uint32_t value;

    static constexpr std::uint32_t slot_bits = 12;
    static constexpr std::uint32_t slot_mask = (1u << slot_bits) - 1;
    static constexpr std::uint32_t max_generation = (1u << 19) - 1;

    static constexpr Endpoint make(std::uint32_t slot, std::uint32_t generation) {
        return {(generation << slot_bits) | slot};
    }
    constexpr std::uint32_t slot() const { return value & slot_mask; }
    constexpr std::uint32_t generation() const { return value >> slot_bits; }
    constexpr bool is_process() const { return (value & 0x80000000u) == 0; }
    friend constexpr bool operator==(Endpoint, Endpoint) = default;
};

namespace endpoint {
inline constexpr Endpoint any{0x80000001u};
inline constexpr Endpoint none{0x80000002u};
inline constexpr Endpoint self{0x80000003u};
// Senders of kernel notifications, in the order in which RECEIVE prefers them.
inline constexpr Endpoint clock{0x80000011u};
inline constexpr Endpoint system{0x80000012u};
inline constexpr Endpoint hardware{0x80000013u};
// Well-known processes at generation 0 (ref 0.2).
inline constexpr Endpoint pm{0};
inline constexpr Endpoint vfs{1};
inline constexpr Endpoint rs{2};
inline constexpr Endpoint memory{3};
inline constexpr Endpoint log{4};
inline constexpr Endpoint tty{5};
inline constexpr Endpoint ds{6};
inline constexpr Endpoint root_fs{7};  // ext2 on the boot RAM disk
inline constexpr Endpoint vm{8};
inline constexpr Endpoint tmpfs{9};
inline constexpr Endpoint init{10};
inline constexpr Endpoint procfs{11};
}  // namespace endpoint

/// Slots below this number are named by the table above; forks take the others.
inline constexpr unsigned first_free_slot = 16;

struct PhysAddr {
    std::uint64_t value;
    friend constexpr auto operator<=>(PhysAddr, PhysAddr) = default;
    constexpr PhysAddr offset(std::uint64_t bytes) const { return {value + bytes}; }
};

struct VirtAddr {
    std::uint64_t value;
    friend constexpr auto operator<=>(VirtAddr, VirtAddr) = default;
    constexpr VirtAddr offset(std::uint64_t bytes) const { return {value + bytes}; }
};

/// Index into the granter's grant table. Negative is never valid.
struct GrantId {
    std::int32_t value;
    friend constexpr bool operator==(GrantId, GrantId) = default;
};
inline constexpr GrantId invalid_grant{-1};

/// Nanoseconds since boot, or a span of them.
struct Nanoseconds {
    std::uint64_t value;
    friend constexpr auto operator<=>(Nanoseconds, Nanoseconds) = default;
    friend constexpr Nanoseconds operator+(Nanoseconds a, Nanoseconds b) { return {a.value + b.value}; }
    friend constexpr Nanoseconds operator-(Nanoseconds a, Nanoseconds b) { return {a.value - b.value}; }
};
constexpr Nanoseconds milliseconds(std::uint64_t n) { return {n * 1'000'000}; }
constexpr Nanoseconds seconds(std::uint64_t n) { return {n * 1'000'000'000}; }

}  // namespace axo
