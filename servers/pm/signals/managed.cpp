// Signals of user processes that come from the kernel: processor exceptions, and what other services send.
// The process is stopped until end_signal, which SEF calls when this returns true.
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

namespace code = abi::signal_code;

constexpr Nanoseconds next_turn{0};

namespace vector {
constexpr std::uint64_t divide = 0, debug = 1, breakpoint = 3, opcode = 6, page_fault = 14, fpu = 16, alignment = 17,
                        simd = 19;
}

std::int32_t fault_code(int number, const Context &context) {
    switch (number) {
        case signal::fpe: return context.fault_vector == vector::divide ? code::fpe_divide : code::fpe_invalid;
        case signal::ill: return code::ill_opcode;
        case signal::trap: return context.fault_vector == vector::debug ? code::trap_trace : code::kernel;
        case signal::bus: return context.fault_vector == vector::alignment ? code::bus_alignment : code::bus_address;
        default: break;
    }
    if (context.fault_vector != vector::page_fault) return code::kernel;
    return (context.fault_error & 1) != 0 ? code::segv_access : code::segv_unmapped;
}

/// What siginfo says about a processor exception (Linux arch/x86 traps: address of the access, else of the
/// instruction).
SignalOrigin fault_origin(int number, const Context &context) {
    SignalOrigin origin;
    origin.number = number;
    origin.code = fault_code(number, context);
    if (context.fault_vector == vector::page_fault)
        origin.value = context.fault_address;
    else if (origin.code != code::kernel)
        origin.value = context.rip;
    return origin;
}

}  // namespace

/// Registers that this turn has set are looked at in the next one, and the process is stopped until then.
bool Server::on_managed_signal(Endpoint endpoint, std::uint64_t set) {
    Process *process = processes_.find(endpoint);
    const bool faulted = !SignalSet(set).both(fault_signals).empty();
    if (process == nullptr || !process->alive()) return true;
    if (faulted && registers_are_set(*process)) return !managed_signal_task(endpoint, SignalSet(set)).started();
    Context context{};
    if (faulted && !sys::get_context(endpoint, context)) return true;
    for (SignalSet left(set); process != nullptr && process->alive() && !left.empty();
         process = processes_.find(endpoint)) {
        const int number = left.first();
        left.remove(number);
        if (fault_signals.has(number))
            force_signal(*process, fault_origin(number, context));
        else
            send_signal(*process, {.number = number, .code = code::kernel});
    }
    return true;
}

sef::Task Server::managed_signal_task(Endpoint endpoint, SignalSet set) {
    co_await sef::delay(next_turn);
    if (on_managed_signal(endpoint, set.bits())) static_cast<void>(sys::end_signal(endpoint));
}

}  // namespace axo::pm
