// The virtual address map that kernel, VM, lib/sef and the boot loader agree on.
//
//   0x0000_0000_0040_0000  text and data of most user programs
//   0x0000_0000_05c0_0000  text and data of system processes (lib/sys/service.ld)
//   0x0000_1100_0000_0000  state arena, address A      } system processes only
//   0x0000_1800_0000_0000  state arena, address B      }
//   0x0000_2000_0000_0000  scratch heap (coroutine frames)
//   0x0000_2800_0000_0000  regions named by handle (RAM disks, caches, DMA), given out by VM
//   0x0000_7fff_ffff_d000  end of the stack; above it two pages of the vDSO (user programs, vdso.hpp)
//   0xffff_8000_0000_0000  all RAM, supervisor, no execute
//   0xffff_ffff_8000_0000  kernel image
#pragma once

#include "axo/types.hpp"

namespace axo::layout {

inline constexpr std::uint64_t user_end = 0x0000'8000'0000'0000;
inline constexpr std::uint64_t user_first = 0x1'0000;  // below: never mapped
// Its upper bytes are no text in any encoding, nor are addresses there in use by programs: the scan of state arenas in
// test builds (lib/sef/arena_scan.hpp) can tell an address of the image from data.
inline constexpr std::uint64_t service_image = 0x05c0'0000;
// Above the shadow memory of the address sanitizer, so that host tests have services at their own addresses.
inline constexpr std::uint64_t arena_a = 0x0000'1100'0000'0000;
inline constexpr std::uint64_t arena_b = 0x0000'1800'0000'0000;
inline constexpr std::uint64_t arena_end = 0x0000'2000'0000'0000;
inline constexpr std::uint64_t scratch = 0x0000'2000'0000'0000;
inline constexpr std::uint64_t regions = 0x0000'2800'0000'0000;
inline constexpr std::uint64_t regions_end = 0x0000'4000'0000'0000;
inline constexpr std::uint64_t mmap_top = 0x0000'7fff'0000'0000;  // user mmap grows down from here
inline constexpr std::uint64_t stack_end = 0x0000'7fff'ffff'd000;
// The last page of the lower half stays empty: a `syscall` at its end would return to an address that is not canonical.
inline constexpr std::uint64_t mapping_end = 0x0000'7fff'ffff'f000;
#ifdef AXO_HOST
inline constexpr std::uint64_t service_stack_bytes = 256 * 1024;  // sanitizers make frames larger
#else
inline constexpr std::uint64_t service_stack_bytes = 32 * 1024;
#endif
inline constexpr std::uint64_t user_stack_max = 8 * 1024 * 1024;
inline constexpr std::uint64_t kernel_ram = 0xffff'8000'0000'0000;
inline constexpr std::uint64_t kernel_image = 0xffff'ffff'8000'0000;

// The kernel's loader gives every boot service its first pages of arena and scratch; it grows them
// through VM (vm_protocol.hpp, Grow). Sizes in pages, from the boot archive's entry.

/// What the loader of a system process (the kernel at boot, VM's Spawn later) writes into the last
/// bytes of its stack page: how much arena (at arena_a) and scratch (at scratch) it was given.
/// The stack pointer it hands over is start_record or below, 16-byte aligned.
struct StartRecord {
    static constexpr std::uint64_t expected_magic = 0x7472'6174'736f'7861;  // "axostart"
    std::uint64_t magic;
    std::uint64_t arena_bytes, scratch_bytes;  // multiples of the page
    std::uint64_t reserved;
};
inline constexpr std::uint64_t start_record = stack_end - sizeof(StartRecord);
/// Where every system process has its FaultTable, right behind its first instructions.
inline constexpr std::uint64_t fault_table = service_image + 0x40;
}  // namespace axo::layout

namespace axo {

/// The routines by which a system process fails on demand (inject_fault), by service::FaultKind.
struct FaultTable {
    static constexpr std::uint64_t expected_magic = 0x746c'7561'666f'7861;  // "axofault"
    static constexpr unsigned kinds = 6;
    std::uint64_t magic;
    std::uint64_t routines[kinds];
};

/// Header of the boot archive: this, then `count` entries, then page-aligned files.
struct ArchiveHeader {
    static constexpr std::uint64_t expected_magic = 0x3176'6372'616f'7861;  // "axoarcv1"
    std::uint64_t magic;
    std::uint32_t count;
    std::uint32_t checksum;  // CRC-32 (IEEE) of the entries
    std::uint64_t total_bytes;
    std::uint64_t reserved;
};

struct ArchiveEntry {
    char name[label_size];
    std::uint32_t kind;           // 0 service, 1 root image, 2 service that only RS starts
    std::uint32_t slot;           // well-known slot of a service
    std::uint64_t offset, bytes;  // offset is page aligned
    std::uint32_t arena_pages, scratch_pages;
    std::uint32_t checksum;  // CRC-32 of the file
    std::uint32_t priority;
};
static_assert(sizeof(ArchiveEntry) == 56);

}  // namespace axo
