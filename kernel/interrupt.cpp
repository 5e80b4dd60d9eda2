// From interrupt lines to HARDWARE notifications.
#include "kernel/interrupt.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

/// A shared line stays open while another owner wants it.
void mask_if_unused(unsigned line) {
    for (const InterruptHook &hook : the_kernel.interrupts.hooks)
        if (hook.owner != endpoint::none && hook.line == line && hook.enabled) return;
    arch::irq_mask(line);
}

void tell(const InterruptHook &hook) {
    Process *owner = find_process(hook.owner);
    if (owner == nullptr || owner->privilege == nullptr || owner->has(run_flag::no_endpoint)) return;
    owner->privilege->pending_interrupts |= 1ull << hook.notify;
    kernel_notify(*owner->privilege, KernelSender::hardware);
}

}  // namespace

Result<unsigned> set_interrupt_hook(const InterruptHook &wanted) {
    InterruptHook *place = nullptr;
    for (InterruptHook &hook : the_kernel.interrupts.hooks) {
        if (hook.owner == wanted.owner && hook.notify == wanted.notify) {
            remove_interrupt(hook);
            place = &hook;
            break;
        }
        if (hook.owner == endpoint::none && place == nullptr) place = &hook;
    }
    if (place == nullptr) return Error::no_space;
    *place = wanted;
    return static_cast<unsigned>(place - the_kernel.interrupts.hooks) + 1;
}

Result<InterruptHook *> find_interrupt_hook(Endpoint owner, std::uint64_t number) {
    if (number == 0 || number > max_interrupt_hooks) return Error::invalid;
    InterruptHook &hook = the_kernel.interrupts.hooks[number - 1];
    if (hook.owner == endpoint::none) return Error::invalid;
    if (hook.owner != owner) return Error::not_permitted;
    return &hook;
}

void enable_interrupt(InterruptHook &hook) {
    hook.enabled = true;
    arch::irq_unmask(hook.line);
}

void disable_interrupt(InterruptHook &hook) {
    hook.enabled = false;
    mask_if_unused(hook.line);
}

void remove_interrupt(InterruptHook &hook) {
    disable_interrupt(hook);
    hook.owner = endpoint::none;
}

void mask_interrupts_of(Endpoint owner) {
    for (InterruptHook &hook : the_kernel.interrupts.hooks)
        if (hook.owner == owner) disable_interrupt(hook);
}

void remove_interrupts_of(Endpoint owner) {
    for (InterruptHook &hook : the_kernel.interrupts.hooks)
        if (hook.owner == owner) remove_interrupt(hook);
}

unsigned interrupt_hooks_in_use() {
    unsigned count = 0;
    for (const InterruptHook &hook : the_kernel.interrupts.hooks) count += hook.owner != endpoint::none ? 1u : 0u;
    return count;
}

void irq_fired(unsigned line) {
    bool all_reenable = true, heard = false;
    for (InterruptHook &hook : the_kernel.interrupts.hooks) {
        if (hook.owner == endpoint::none || hook.line != line || !hook.enabled) continue;
        heard = true;
        all_reenable = all_reenable && hook.reenable;
        if (!hook.reenable) hook.enabled = false;  // until its owner enables it again
        tell(hook);
    }
    if (heard && all_reenable) arch::irq_unmask(line);
}

}  // namespace axo::kernel
