// Linux calls to messages and back. The kernel knows no call by name; restart_call and errors of ours never get out.
#include "kernel/ipc/user_call.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {

namespace {

void log_unknown(const Process &caller, std::uint64_t number) {
    if (number >= user_call_numbers) return;  // wild numbers would fill the log
    std::uint64_t &word = the_kernel.routes.logged[number / 64];
    const std::uint64_t bit = 1ull << (number % 64);
    if ((word & bit) != 0) return;
    word |= bit;
    log("  %s: Linux call %lu is not there\n", caller.name, static_cast<unsigned long>(number));
}

Message to_message(const Process &caller, std::uint64_t number) {
    const Registers &from = caller.registers;
    return {.source = caller.endpoint,
            .type = static_cast<std::uint16_t>(number),
            .flags = message_flag::from_user,
            .tag = next_kernel_tag(),
            .words = {from.argument(0), from.argument(1), from.argument(2), from.argument(3), from.argument(4),
                      from.argument(5), 0}};
}

/// What a program may see of an error of ours: its server died.
std::int64_t visible(std::int64_t value) {
    constexpr std::int64_t first_own = 512, last_own = 1024;
    return value <= -first_own && value >= -last_own ? to_wire(Error::io) : value;
}

}  // namespace

void user_call(Process &caller) {
    const std::uint64_t number = caller.registers.trap_word();
    Process *server = number < user_call_numbers ? find_process(the_kernel.routes.server[number]) : nullptr;
    if (server == nullptr || server->has(run_flag::no_endpoint)) {
        const bool routed = number < user_call_numbers && the_kernel.routes.server[number] != endpoint::none;
        if (!routed) log_unknown(caller, number);
        caller.registers.set_result(to_wire(routed ? Error::io : Error::no_syscall));
        return;
    }
    caller.syscall_number = number;
    begin_request(caller, *server, to_message(caller, number), Wait::linux_call);
}

void finish_user_call(Process &process, std::int64_t value) {
    const bool halted = process.has(run_flag::halted);
    if (value == to_wire(Error::restart_call)) {
        if (halted) {
            process.restart_pending = true;
            process.registers.set_result(value);
        } else {
            process.registers.rewind_call(process.syscall_number);
            process.syscall_number = no_call;
        }
        return;
    }
    process.registers.set_result(visible(value));
    if (!halted) process.syscall_number = no_call;
}

void restart_if_pending(Process &process) {
    if (process.has(run_flag::halted | run_flag::ipc)) return;
    if (process.restart_pending) process.registers.rewind_call(process.syscall_number);
    process.restart_pending = false;
    process.syscall_number = no_call;
}

}  // namespace axo::kernel
