// The table of kernel calls and the one place that checks the mask.
#include "kernel/kernel_call.hpp"

#include "kernel/call/calls.hpp"
#include "kernel/counters.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {

namespace {
CallResult unknown(Process &) { return Error::bad_request; }
}  // namespace

struct CallTable {
    CallHandler handlers[call_count];

    template <KernelCall number>
    constexpr void set(CallHandler handler) {
        static_assert(class_of(number) != CallClass::none, "every kernel call has a class beside its number");
        handlers[call_bit(number)] = handler;
    }

    constexpr void add_basic() {
        set<KernelCall::null>(call::null);
        set<KernelCall::exit>(call::exit);
        set<KernelCall::get_info>(call::get_info);
        set<KernelCall::times>(call::times);
        set<KernelCall::set_alarm>(call::set_alarm);
        set<KernelCall::set_grant_table>(call::set_grant_table);
        set<KernelCall::safe_copy_from>(call::safe_copy_from);
        set<KernelCall::safe_copy_to>(call::safe_copy_to);
        set<KernelCall::vsafe_copy>(call::vsafe_copy);
        set<KernelCall::safe_map>(call::safe_map);
        set<KernelCall::safe_revoke>(call::safe_revoke);
        set<KernelCall::safe_unmap>(call::safe_unmap);
        set<KernelCall::diagnostics>(call::diagnostics);
        set<KernelCall::state_control>(call::state_control);
        set<KernelCall::get_log>(call::get_log);
        set<KernelCall::process_info>(call::process_info);
    }

    constexpr void add_managers() {
        set<KernelCall::fork>(call::fork);
        set<KernelCall::exec>(call::exec);
        set<KernelCall::clear>(call::clear);
        set<KernelCall::privilege_control>(call::privilege_control);
        set<KernelCall::schedule>(call::schedule);
        set<KernelCall::kill>(call::kill);
        set<KernelCall::get_signal>(call::get_signal);
        set<KernelCall::end_signal>(call::end_signal);
        set<KernelCall::get_context>(call::get_context);
        set<KernelCall::set_context>(call::set_context);
        set<KernelCall::run_control>(call::run_control);
        set<KernelCall::set_segment_base>(call::set_segment_base);
        set<KernelCall::set_route>(call::set_route);
        set<KernelCall::set_clock>(call::set_clock);
        set<KernelCall::update>(call::update);
        set<KernelCall::shutdown>(call::shutdown);
        set<KernelCall::virtual_copy>(call::virtual_copy);
        set<KernelCall::interrupt_user>(call::interrupt_user);
        set<KernelCall::check_range>(call::check_range);
        set<KernelCall::start_thread>(call::start_thread);
        set<KernelCall::fill_user>(call::fill_user);
        set<KernelCall::copy_argument>(call::copy_argument);
        set<KernelCall::inject_fault>(call::inject_fault);
    }

    constexpr void add_memory() {
        set<KernelCall::space_create>(call::space_create);
        set<KernelCall::space_destroy>(call::space_destroy);
        set<KernelCall::map>(call::map);
        set<KernelCall::unmap>(call::unmap);
        set<KernelCall::protect>(call::protect);
        set<KernelCall::clone_range>(call::clone_range);
        set<KernelCall::donate_frames>(call::donate_frames);
        set<KernelCall::reclaim_frames>(call::reclaim_frames);
        set<KernelCall::resolve>(call::resolve);
        set<KernelCall::memory_map>(call::memory_map);
        set<KernelCall::query_page>(call::query_page);
        set<KernelCall::zero_frames>(call::zero_frames);
        set<KernelCall::space_swap>(call::space_swap);
    }

    constexpr void add_devices() {
        set<KernelCall::irq_control>(call::irq_control);
        set<KernelCall::port_in>(call::port_in);
        set<KernelCall::port_out>(call::port_out);
        set<KernelCall::port_vector>(call::port_vector);
        set<KernelCall::port_string>(call::port_string);
        set<KernelCall::read_cmos>(call::read_cmos);
    }

    constexpr CallTable() {
        for (CallHandler &handler : handlers) handler = unknown;
        add_basic();
        add_managers();
        add_memory();
        add_devices();
    }
};
/// Indexed by entry.asm.
extern "C" constinit const CallTable kernel_call_table;
constinit const CallTable kernel_call_table;

static_assert(sizeof(CallResult) == 16 && std::is_trivially_copy_constructible_v<CallResult> &&
                  std::is_trivially_destructible_v<CallResult>,
              "comes back in rax and rdx");

namespace {

/// What the mask lets through; the number is one of the table's.
bool is_allowed(const Process &caller, std::uint32_t index) {
    return index < call_count && caller.privilege->rights.kernel_calls.test(index);
}

CallResult refuse(std::uint32_t index) {
    if (index >= call_count) return Error::bad_request;
    if (kernel_call_table.handlers[index] == unknown) return Error::bad_request;
    ++this_cpu().counters.refused_calls;
    return Error::call_denied;
}

CallResult dispatch(Process &caller) {
    const std::uint32_t index = static_cast<std::uint32_t>(caller.registers.trap_word()) - first_kernel_call;
    return is_allowed(caller, index) ? kernel_call_table.handlers[index](caller) : refuse(index);
}

bool goes_on(const Process &caller) { return caller.run_flags == 0 && !this_cpu().scheduler.ask; }

}  // namespace

bool kernel_call_failed(Process &caller, Error error) {
    if (error == Error::restart_call) {
        caller.call_pending = true;
        return false;
    }
    caller.registers.set_result(to_wire(error));
    return goes_on(caller);
}

bool kernel_call(Process &caller) {
    caller.call_progress = 0;
    const CallResult result = dispatch(caller);
    if (!result) return kernel_call_failed(caller, result.error());
    caller.registers.set_result(static_cast<std::int64_t>(*result));
    return goes_on(caller);
}

void continue_kernel_call(Process &caller) {
    const CallResult result = dispatch(caller);
    if (!result && result.error() == Error::restart_call) return;
    caller.call_pending = false;
    caller.vm_retries = 0;
    caller.registers.set_result(result ? static_cast<std::int64_t>(*result) : to_wire(result.error()));
}

}  // namespace axo::kernel
