// A bit per frame of RAM: set, the frame is the kernel's.
#include "kernel/memory/frame_owner.hpp"

#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

void set_bits(PhysAddr frame, std::uint64_t pages, bool kernel) {
    const std::uint64_t first = frame.value / page_size;
    for (std::uint64_t n = first; n < first + pages && n < the_kernel.frames.count; ++n) {
        const std::uint64_t bit = 1ull << (n % 64);
        the_kernel.frames.words[n / 64] =
            kernel ? the_kernel.frames.words[n / 64] | bit : the_kernel.frames.words[n / 64] & ~bit;
    }
}

bool plausible(PhysAddr frame, std::uint64_t pages) {
    constexpr std::uint64_t physical_end = 1ull << 52;
    return frame.value % page_size == 0 && frame.value < physical_end &&
           pages <= (physical_end - frame.value) / page_size;
}

}  // namespace

void set_frame_map(std::uint64_t *words, std::uint64_t frames) {
    the_kernel.frames = {words, frames};
    for (std::uint64_t i = 0; i < (frames + 63) / 64; ++i) words[i] = ~0ull;
}

void give_to_vm(PhysAddr frame, std::uint64_t pages) { set_bits(frame, pages, false); }
void take_from_vm(PhysAddr frame, std::uint64_t pages) { set_bits(frame, pages, true); }

bool vm_may_map(PhysAddr frame, std::uint64_t pages) {
    if (!plausible(frame, pages)) return false;
    const std::uint64_t first = frame.value / page_size;
    for (std::uint64_t n = first; n < first + pages && n < the_kernel.frames.count; ++n) {
        const bool kernel = (the_kernel.frames.words[n / 64] >> (n % 64) & 1) != 0;
        if (kernel && is_ram({n * page_size})) return false;
    }
    return true;
}

bool is_vm_ram(PhysAddr frame, std::uint64_t pages) {
    if (!vm_may_map(frame, pages)) return false;
    for (std::uint64_t i = 0; i < pages; ++i)
        if (!is_ram(frame.offset(i * page_size))) return false;
    return true;
}

}  // namespace axo::kernel
