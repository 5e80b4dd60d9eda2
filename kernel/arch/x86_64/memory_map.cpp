// Completing the RAM window at 0xffff800000000000, in 2 MiB pages.
#include "kernel/arch/x86_64/memory_map.hpp"

#include "arch/page_entry.hpp"

#include <cstring>

extern "C" std::uint64_t kernel_root_table[512];

namespace axo::kernel::arch {
namespace {

constexpr std::uint64_t large_page = 2 * 1024 * 1024, gigabyte = 1024 * 1024 * 1024;
constexpr std::uint64_t window_end = 512 * gigabyte;
constexpr unsigned window_slot = 256;

std::uint64_t *table_of(std::uint64_t entry) {
    return static_cast<std::uint64_t *>(ram(PhysAddr{entry & entry_bit::frame_mask}));
}

std::uint64_t window_entry(std::uint64_t address) {
    return address | entry_bit::present | entry_bit::write | entry_bit::large | entry_bit::global |
           entry_bit::no_execute;
}

/// A frame from the end of a range below 4 GiB, above the kernel. If the archive lies at
/// that end, the range is cut below it.
bool take_frame(BootInfo &info, PhysAddr &frame) {
    const std::uint64_t archive_start = info.archive.start.value & ~(page_size - 1);
    const std::uint64_t archive_end = info.archive.start.value + info.archive.bytes;
    for (unsigned i = 0; i < info.ram_count; ++i) {
        BootInfo::Range &range = info.ram[i];
        const std::uint64_t end = (range.start.value + range.bytes) & ~(page_size - 1);
        if (end > 4 * gigabyte || end <= info.kernel_end.value + large_page) continue;
        std::uint64_t top = end - page_size;
        if (top < archive_end && end > archive_start) top = archive_start - page_size;
        if (top < range.start.value || top < info.kernel_end.value) continue;
        frame = PhysAddr{top};
        range.bytes = top - range.start.value;
        return true;
    }
    return false;
}

/// Forgets RAM that the window does not reach.
void cut_ram(BootInfo &info, std::uint64_t reach) {
    for (unsigned i = 0; i < info.ram_count; ++i) {
        BootInfo::Range &range = info.ram[i];
        if (range.start.value >= reach)
            range.bytes = 0;
        else if (range.bytes > reach - range.start.value)
            range.bytes = reach - range.start.value;
    }
}

}  // namespace

void map_all_ram(LoaderFacts &facts) {
    std::uint64_t *pointers = table_of(kernel_root_table[window_slot]);
    std::uint64_t low_ram_end = 0;
    for (unsigned i = 0; i < facts.info.ram_count; ++i) {
        const std::uint64_t end = facts.info.ram[i].start.value + facts.info.ram[i].bytes;
        if (end <= 4 * gigabyte && end > low_ram_end) low_ram_end = end;
    }
    // Firmware tables lie right above RAM: the next large page stays cached.
    for (std::uint64_t at = (low_ram_end / large_page + 1) * large_page; at < 4 * gigabyte; at += large_page)
        table_of(pointers[at / gigabyte])[at / large_page % 512] =
            window_entry(at) | entry_bit::cache_disable | entry_bit::write_through;

    const std::uint64_t end = facts.ram_end.value < window_end ? facts.ram_end.value : window_end;
    std::uint64_t at = 4 * gigabyte;
    for (; at < end; at += gigabyte) {
        PhysAddr frame;
        if (!take_frame(facts.info, frame)) break;
        auto *directory = static_cast<std::uint64_t *>(ram(frame));
        for (unsigned i = 0; i < 512; ++i) directory[i] = window_entry(at + i * large_page);
        pointers[at / gigabyte] = frame.value | entry_bit::present | entry_bit::write;
    }
    cut_ram(facts.info, at);
    asm volatile("mov %0, %%cr3" : : "r"(kernel_root().value) : "memory");  // there is no ProcessorBlock yet
}

PhysAddr kernel_root() { return PhysAddr{reinterpret_cast<std::uint64_t>(kernel_root_table) - layout::kernel_image}; }

}  // namespace axo::kernel::arch
