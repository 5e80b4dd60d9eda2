// get_info and get_log: who the caller is, what was booted, what is free, and the kernel's text.
#include "kernel/arch/arch.hpp"
#include "kernel/boot_info.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/counters.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc/message_pool.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/safe_map.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/turn_changes.hpp"
#include "kernel/text/log.hpp"

#include <cstring>

namespace axo::kernel::call {
namespace {

/// Copies as much of the structure as the caller has room for.
template <typename T>
CallResult hand_over(Process &caller, const T &info) {
    const std::uint64_t room = number_argument(caller, 2);
    const std::uint64_t bytes = room < sizeof info ? room : sizeof info;
    return as_result(write_own(caller, address_argument(caller, 1), &info, bytes), bytes);
}

SelfInfo self_info(const Process &caller) {
    SelfInfo info{.endpoint = caller.endpoint, .privilege_id = caller.privilege->id(), .name = {}};
    std::memcpy(info.name, caller.name, sizeof info.name);
    return info;
}

KernelCounters kernel_counters() {
    return {.free_processes = the_kernel.processes.free_count,
            .free_privileges = free_privilege_count(),
            .free_message_buffers = free_buffer_count(),
            .table_pool_frames = the_kernel.table_pool.available(),
            .table_frames_used = the_kernel.table_pool.in_use(),
            .safe_maps = safe_maps_in_use(),
            .interrupt_hooks = interrupt_hooks_in_use(),
            .messages = this_cpu().counters.messages + this_cpu().counters.fast_switches,
            .late_replies_dropped = this_cpu().counters.late_replies_dropped,
            .refused_calls = this_cpu().counters.refused_calls,
            .context_switches = this_cpu().counters.context_switches + this_cpu().counters.fast_switches,
            .space_switches = this_cpu().counters.space_switches};
}

MachineInfo machine_info() {
    charge();
    return {.tsc_hz = arch::timestamp_hz(),
            .memory_bytes = the_kernel.boot.memory_bytes,
            .cpu_features = arch::cpu_features(),
            .fpu_bytes = arch::fpu_state_bytes(),
            .idle_ns = nanoseconds_from(this_cpu().counters.idle_ticks).value,
            .tsc_at_boot = arch::timestamp_at_boot()};
}

CallResult counters(Process &caller) {
    const Status allowed = check_read(caller, the_machine, part::accounts);
    if (!allowed) return allowed.error();
    return hand_over(caller, kernel_counters());
}

}  // namespace

CallResult get_info(Process &caller) {
    switch (static_cast<InfoKind>(number_argument(caller, 0))) {
        case InfoKind::self: return hand_over(caller, self_info(caller));
        case InfoKind::boot: return hand_over(caller, the_kernel.boot.description);
        case InfoKind::counters: return counters(caller);
        case InfoKind::machine: return hand_over(caller, machine_info());
    }
    return Error::invalid;
}

CallResult get_log(Process &caller) {
    constexpr std::uint64_t at_once = 1024;
    const std::uint64_t position = number_argument(caller, 0), room = number_argument(caller, 2);
    char text[at_once];
    const LogRing::Read read = the_kernel.log.ring.read(position, {text, room < at_once ? room : at_once});
    const Status written =
        read.bytes == 0 ? Status{} : write_own(caller, address_argument(caller, 1), text, read.bytes);
    if (!written) return written.error();
    note_log_reader(caller.endpoint);
    caller.registers.set_second_result(read.next);
    return read.bytes;
}

}  // namespace axo::kernel::call
