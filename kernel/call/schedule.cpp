// schedule: priority and quantum of a process.
#include "kernel/call/calls.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel::call {

CallResult schedule(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const std::uint64_t priority = number_argument(caller, 1);
    const Nanoseconds quantum{number_argument(caller, 2)};
    if (priority >= priorities || quantum > seconds(60)) return Error::invalid;
    set_schedule(process, static_cast<unsigned>(priority), static_cast<std::int64_t>(ticks_from(quantum)));
    return 0;
}

}  // namespace axo::kernel::call
