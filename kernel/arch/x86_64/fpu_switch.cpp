// Whose extended state is in the registers, and when it moves.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/arch/x86_64/fpu.hpp"

#include <algorithm>
#include <cstring>

namespace axo::kernel::arch {
namespace {

std::byte *area;

void *image_of(const Process &process) { return area + std::size_t{process.slot()} * fpu_stride(); }

/// Saving and restoring need the unit switched on; the state of CR0.TS is put back.
template <typename Work>
void with_fpu(ProcessorBlock &cpu, Work work) {
    const bool was_on = cpu.free_for_entry[fpu_enabled_slot] != 0;
    if (!was_on) allow_fpu(cpu);
    work();
    if (!was_on) forbid_fpu(cpu);
}

void write_back(ProcessorBlock &cpu) {
    if (cpu.fpu_owner == nullptr) return;
    with_fpu(cpu, [&] { fpu_save(image_of(*cpu.fpu_owner)); });
    cpu.fpu_owner = nullptr;
}

}  // namespace

void set_fpu_area(void *memory) {
    area = static_cast<std::byte *>(memory);
    this_processor().fpu_owner = nullptr;
    forbid_fpu(this_processor());
}

unsigned fpu_stride() { return (fpu_state_bytes() + 63) & ~63u; }

Process *bring_in_fpu(ProcessorBlock &cpu, Process &next) {
    if (cpu.fpu_owner != nullptr) fpu_save(image_of(*cpu.fpu_owner));
    fpu_restore(image_of(next));
    cpu.fpu_owner = &next;
    return &next;
}

void fpu_first_use(Process &process) {
    if (process.fpu_used) return;
    with_fpu(this_processor(), [&] {
        write_back(this_processor());
        fpu_initialise(image_of(process));
    });
    process.fpu_used = true;
}

void *fpu_image(Process &process) {
    if (!process.fpu_used) return nullptr;
    if (this_processor().fpu_owner == &process) write_back(this_processor());
    return image_of(process);
}

void fpu_copy(Process &to, Process &from) {
    to.fpu_used = from.fpu_used;
    if (const void *image = fpu_image(from); image != nullptr) std::memcpy(image_of(to), image, fpu_state_bytes());
}

void fpu_drop(Process &process) {
    process.fpu_used = false;
    if (this_processor().fpu_owner == &process) this_processor().fpu_owner = nullptr;
}

Status fpu_set(Process &process, const void *image, std::size_t bytes) {
    if (bytes != fpu_state_bytes()) return Error::invalid;
    fpu_drop(process);
    process.fpu_used = true;
    std::memcpy(image_of(process), image, bytes);
    fpu_sanitise(image_of(process));
    return {};
}

void fpu_swap(Process &a, Process &b) {
    write_back(this_processor());
    auto *first = static_cast<std::uint64_t *>(image_of(a));
    auto *second = static_cast<std::uint64_t *>(image_of(b));
    std::swap_ranges(first, first + fpu_state_bytes() / sizeof *first, second);
}

}  // namespace axo::kernel::arch
