// times and set_clock: uptime, the wall clock at boot, and the accounts of a process.
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/user_memory.hpp"

namespace axo::kernel::call {

CallResult times(Process &caller) {
    const Process &process = *TRY(process_argument(caller, 0));
    charge();
    const Times times{.uptime = arch::now(),
                      .boot_wall_clock = the_kernel.boot_wall_clock,
                      .user = nanoseconds_from(process.user_ticks),
                      .system = nanoseconds_from(process.system_ticks)};
    return as_result(write_own(caller, address_argument(caller, 1), &times, sizeof times));
}

CallResult set_clock(Process &caller) {
    the_kernel.boot_wall_clock = {number_argument(caller, 0)};
    return 0;
}

}  // namespace axo::kernel::call
