// process_info: what RS, procfs and the leak tests see of a process.
#include "kernel/call/calls.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/turn_changes.hpp"

#include <cstring>

namespace axo::kernel::call {
namespace {

Result<Process *> selected(Process &caller) {
    const auto select = static_cast<ProcessSelect>(number_argument(caller, 2));
    if (select == ProcessSelect::by_endpoint) return process_argument(caller, 0);
    if (select != ProcessSelect::by_slot) return Error::invalid;
    const std::uint64_t slot = number_argument(caller, 0);
    if (slot >= the_kernel.processes.limit) return Error::invalid;
    Process &process = the_kernel.processes.slots[slot];
    if (process.has(run_flag::slot_free)) return Error::no_process;
    return &process;
}

bool is_dead(const Process &process) {
    const bool postponed = process.is_user == 0 && process.privilege != nullptr && process.privilege->death_postponed;
    return postponed || process.has(run_flag::no_endpoint);
}

}  // namespace

CallResult process_info(Process &caller) {
    const Process &process = *TRY(selected(caller));
    const Status allowed = check_read(caller, process.endpoint, part::life | part::rights);
    if (!allowed) return allowed.error();
    charge();
    const bool waits = process.has(run_flag::ipc);
    ProcessInfo info{.endpoint = process.endpoint,
                     .slot = process.slot(),
                     .privilege_id = process.privilege != nullptr ? process.privilege->id() : ~0u,
                     .run_flags = process.run_flags,
                     .blocked_on = waits ? process.peer : endpoint::none,
                     .priority = process.priority,
                     .in_receive = process.has(run_flag::receiving) && process.peer == endpoint::any ? 1u : 0u,
                     .fault_armed = process.fault_after != 0 ? 1u : 0u,
                     .struck = is_dead(process) ? 1u : 0u,
                     .reserved = 0,
                     .user = nanoseconds_from(process.user_ticks),
                     .system = nanoseconds_from(process.system_ticks),
                     .name = {}};
    std::memcpy(info.name, process.name, sizeof info.name);
    return as_result(write_own(caller, address_argument(caller, 1), &info, sizeof info));
}

}  // namespace axo::kernel::call
