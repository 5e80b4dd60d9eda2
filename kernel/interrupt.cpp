// From interrupt lines to HARDWARE notifications, and back to open lines.
#include "kernel/interrupt.hpp"

#include "kernel/alarm.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

constexpr Nanoseconds storm_window = {100'000}, closed_time = milliseconds(1);

InterruptTable &table() { return the_kernel.interrupts; }
std::uint64_t bit_of(const InterruptHook &hook) { return 1ull << (&hook - table().hooks); }
bool listens(const InterruptHook &hook, unsigned line) {
    return hook.owner != endpoint::none && hook.line == line && hook.enabled;
}

bool is_wanted(unsigned line) {
    for (const InterruptHook &hook : table().hooks)
        if (listens(hook, line)) return true;
    return false;
}

void open(unsigned line, Nanoseconds now) {
    table().lines[line].opened = now;
    table().lines[line].opens = no_alarm;
    arch::irq_unmask(line);
}

/// Somebody acknowledged, or wants the line no longer: opens it if nobody else holds it closed.
void settle(unsigned number) {
    InterruptLine &line = table().lines[number];
    if (!is_wanted(number)) {
        line.opens = no_alarm;
        arch::irq_mask(number);
        return;
    }
    if (line.owed != 0) return;
    if (!line.storms) return open(number, arch::now());
    if (line.opens != no_alarm) return;
    line.opens = arch::now() + closed_time;
    set_line_deadline(line.opens);
}

/// False: nobody is there who could acknowledge.
bool tell(const InterruptHook &hook) {
    Process *owner = find_process(hook.owner);
    if (owner == nullptr || owner->privilege == nullptr || owner->has(run_flag::no_endpoint)) return false;
    owner->privilege->pending_interrupts |= 1ull << hook.notify;
    kernel_notify(*owner->privilege, KernelSender::hardware);
    return true;
}

/// Its owner died: what its device does now is nobody's.
void orphan(InterruptHook &hook) {
    InterruptLine &line = table().lines[hook.line];
    if (hook.enabled) ++line.orphans;
}

/// It listens for the first time.
void adopt(InterruptHook &hook) {
    InterruptLine &line = table().lines[hook.line];
    hook.new_here = false;
    if (line.orphans != 0) --line.orphans;
    if (line.orphans == 0) line.storms = false;
}

}  // namespace

Result<unsigned> set_interrupt_hook(const InterruptHook &wanted) {
    InterruptHook *place = nullptr;
    unsigned has = 0;
    for (InterruptHook &hook : table().hooks) {
        has += hook.owner == wanted.owner ? 1u : 0u;
        const bool same = hook.owner == wanted.owner && hook.notify == wanted.notify;
        if (same || (hook.owner == endpoint::none && place == nullptr)) place = &hook;
        if (same) break;
    }
    const bool replaces = place != nullptr && place->owner == wanted.owner;
    if (place == nullptr || (!replaces && has >= max_hooks_of_one)) return Error::no_space;
    const bool known = replaces && !place->new_here && place->line == wanted.line;
    if (replaces) remove_interrupt(*place);
    *place = wanted;
    place->new_here = !known;
    return static_cast<unsigned>(place - table().hooks) + 1;
}

Result<InterruptHook *> find_interrupt_hook(Endpoint owner, std::uint64_t number) {
    if (number == 0 || number > max_interrupt_hooks) return Error::invalid;
    InterruptHook &hook = table().hooks[number - 1];
    if (hook.owner == endpoint::none) return Error::invalid;
    if (hook.owner != owner) return Error::not_permitted;
    return &hook;
}

void enable_interrupt(InterruptHook &hook) {
    InterruptLine &line = table().lines[hook.line];
    if (hook.new_here) adopt(hook);
    hook.enabled = true;
    line.owed &= ~bit_of(hook);
    settle(hook.line);
}

void disable_interrupt(InterruptHook &hook) {
    hook.enabled = false;
    table().lines[hook.line].owed &= ~bit_of(hook);
    settle(hook.line);
}

void remove_interrupt(InterruptHook &hook) {
    disable_interrupt(hook);
    hook.owner = endpoint::none;
}

void mask_interrupts_of(Endpoint owner) {
    for (InterruptHook &hook : table().hooks) {
        if (hook.owner != owner) continue;
        orphan(hook);
        disable_interrupt(hook);
    }
}

void remove_interrupts_of(Endpoint owner) {
    mask_interrupts_of(owner);
    for (InterruptHook &hook : table().hooks)
        if (hook.owner == owner) remove_interrupt(hook);
}

Nanoseconds open_due_lines(Nanoseconds now) {
    Nanoseconds next = no_alarm;
    for (unsigned number = 0; number < arch::interrupt_lines; ++number) {
        InterruptLine &line = table().lines[number];
        if (line.opens <= now) open(number, now);
        if (line.opens < next) next = line.opens;
    }
    return next;
}

unsigned interrupt_hooks_in_use() {
    unsigned count = 0;
    for (const InterruptHook &hook : table().hooks) count += hook.owner != endpoint::none ? 1u : 0u;
    return count;
}

void irq_fired(unsigned number) {
    InterruptLine &line = table().lines[number];
    line.storms = line.orphans != 0 && arch::now() - line.opened < storm_window;
    bool heard = false;
    for (InterruptHook &hook : table().hooks) {
        if (!listens(hook, number) || !tell(hook)) continue;
        heard = true;
        if (!hook.reenable) line.owed |= bit_of(hook);
    }
    if (heard) settle(number);
}

}  // namespace axo::kernel
