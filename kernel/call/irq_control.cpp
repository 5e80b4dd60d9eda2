// irq_control: hooks on interrupt lines (ref 1.17).
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {
namespace {

bool line_allowed(const Privileges &rights, std::uint64_t line) {
    if ((rights.flags & privilege_flag::check_irq) == 0) return true;
    for (std::uint32_t i = 0; i < rights.irq_count; ++i)
        if (rights.irqs[i] == line) return true;
    return false;
}

CallResult set_policy(Process &caller) {
    const std::uint64_t line = number_argument(caller, 1), notify = number_argument(caller, 2);
    const std::uint64_t flags = number_argument(caller, 3);
    if (line >= arch::interrupt_lines || notify > 31 || (flags & ~std::uint64_t{irq_flag::reenable}) != 0)
        return Error::invalid;
    if (!line_allowed(caller.privilege->rights, line)) return Error::not_permitted;
    const unsigned hook =
        TRY(set_interrupt_hook({caller.endpoint, static_cast<std::uint8_t>(line), static_cast<std::uint8_t>(notify),
                                (flags & irq_flag::reenable) != 0, false, true}));
    note_change(caller, the_machine, part::accounts);
    if (line == arch::console_line) arch::debug_serial(false);
    return hook;
}

}  // namespace

CallResult irq_control(Process &caller) {
    const auto request = static_cast<IrqRequest>(number_argument(caller, 0));
    if (request == IrqRequest::set_policy) return set_policy(caller);
    InterruptHook &hook = *TRY(find_interrupt_hook(caller.endpoint, number_argument(caller, 1)));
    switch (request) {
        case IrqRequest::enable: enable_interrupt(hook); return 0;
        case IrqRequest::disable: disable_interrupt(hook); return 0;
        case IrqRequest::remove: remove_interrupt(hook); return 0;
        default: return Error::invalid;
    }
}

}  // namespace axo::kernel::call
