// Puts a boot service into a page table of its own: segments, stack, first arena and scratch pages. Read-only pages of
// the file are mapped where the archive lies; they stay part of the archive and are never free memory.
#pragma once

#include "axo/layout.hpp"
#include "kernel/boot/archive.hpp"
#include "kernel/boot/frames.hpp"
#include "kernel/memory/page_table.hpp"

namespace axo::kernel::boot {

struct LoadedImage {
    PhysAddr root;
    VirtAddr entry;
    VirtAddr stack_pointer;        // 16-byte aligned; the StartRecord lies there
    std::uint64_t frames_taken;    // data, stack, arena, scratch and page tables
    std::uint64_t pages_in_place;  // of the archive
};

/// `file` lies in RAM, page aligned, at physical address `file_address`. kernel_root: whose kernel half is copied.
/// Errors: no_exec (not an ELF we load), no_memory.
Result<LoadedImage> load_service(std::span<const std::byte> file, PhysAddr file_address, std::uint32_t arena_pages,
                                 std::uint32_t scratch_pages, PhysAddr kernel_root, BootFrames &frames);

/// The boot archive of this machine, checked; prints the one line and ends by test_exit where it is missing or damaged.
BootArchive open_boot_archive(const BootInfo &info);

/// As load_service for an entry of that archive; prints and ends by test_exit (bad_service, no_memory) on failure.
LoadedImage load_boot_service(const BootInfo &info, const BootArchive &archive, const ArchiveEntry &entry,
                              PhysAddr kernel_root, BootFrames &frames);

}  // namespace axo::kernel::boot
