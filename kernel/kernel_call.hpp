// Kernel calls: the trap that is not IPC. One handler per call, in kernel/call/.
//
// A handler decodes, checks, then changes. It returns the caller's result, or an error; restart_call means that it
// waits or has only done a part, and is to be run again with the same registers.
#pragma once

#include "kernel/kernel.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

using CallResult = Result<std::uint64_t>;
using CallHandler = CallResult (*)(Process &caller);

inline constexpr unsigned call_count = 0x66;  // entries of the table of handlers

/// Runs the kernel call in the caller's registers; true: the caller goes on at once. entry.asm does the same by hand
/// for calls that are allowed, and leaves the rest to it.
extern "C" bool kernel_call(Process &caller);
/// The end of a call that has an error; true: the caller goes on at once.
extern "C" bool kernel_call_failed(Process &caller, Error error);

/// Runs it again, after VM answered or for the next part of a long one.
void continue_kernel_call(Process &caller);

/// Arguments of a call, typed.
inline Endpoint endpoint_argument(const Process &caller, unsigned n) {
    return {static_cast<std::uint32_t>(caller.registers.argument(n))};
}
inline VirtAddr address_argument(const Process &caller, unsigned n) { return {caller.registers.argument(n)}; }
inline std::uint64_t number_argument(const Process &caller, unsigned n) { return caller.registers.argument(n); }

/// The process that an argument names, endpoint::self included. Errors: invalid.
inline Result<Process *> process_argument(Process &caller, unsigned n) {
    Process *process = find_process_or_self(caller, endpoint_argument(caller, n));
    if (process == nullptr) return Error::invalid;
    return process;
}

inline CallResult as_result(const Status &status, std::uint64_t value = 0) {
    if (!status) return status.error();
    return value;
}

}  // namespace axo::kernel
