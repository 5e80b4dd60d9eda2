// Everything the kernel remembers: one Kernel, and one PerCpu for every processor. Nothing else in the portable core
// keeps anything outside the stack; the build checks it (tools/check_kernel_state.py). In the image both lie at
// addresses that the linker knows, so that reaching a field is one instruction.
#pragma once

#include "kernel/alarm.hpp"
#include "kernel/boot_info.hpp"
#include "kernel/counters.hpp"
#include "kernel/interrupt.hpp"
#include "kernel/ipc/message_pool.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/frame_owner.hpp"
#include "kernel/memory/ram_map.hpp"
#include "kernel/memory/safe_map.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/staged_context.hpp"
#include "kernel/process/staged_control.hpp"
#include "kernel/process/turn_changes.hpp"
#include "kernel/text/log.hpp"

namespace axo::kernel {

struct Kernel {
    /// As it is before the first process exists, on a machine that has so many slots.
    explicit Kernel(unsigned process_limit) : processes(process_limit), messages(privileges) {}

    ProcessTable processes;
    ControlTable controls;
    ContextTable contexts;
    TurnChanges turn_changes;
    PrivilegeTable privileges;
    MessagePool messages;
    RouteTable routes;
    std::uint64_t last_tag = 0;  // of the requests that the kernel makes
    InterruptTable interrupts;
    SpaceTable spaces;
    FramePool table_pool;
    SafeMapTable safe_maps;
    RamMap ram;
    FrameMap frames;
    BootFacts boot;
    Nanoseconds boot_wall_clock{};  // as set_clock said
    KernelLog log;
    bool stopping = false;  // the machine is about to end
};

struct PerCpu {
    Scheduler scheduler;
    Timers timers;
    Counters counters{};
    RamRange last_ram_hit{};  // nearly all frames lie in the same range
};

/// Raw memory until start_kernel.
union KernelStorage {
    constexpr KernelStorage() : nothing{} {}
    char nothing;
    Kernel kernel;
};
union PerCpuStorage {
    constexpr PerCpuStorage() : nothing{} {}
    char nothing;
    PerCpu cpu;
};
extern KernelStorage kernel_storage asm("kernel_state");
extern PerCpuStorage boot_cpu_storage asm("boot_cpu_state");

inline constexpr Kernel &the_kernel = kernel_storage.kernel;

/// The processor this runs on. There is one.
inline PerCpu &this_cpu() { return boot_cpu_storage.cpu; }

/// Makes all state anew: at boot, and before every host test. Nothing of what was before is left. Until then both are
/// zeros, with which only the log and the ends of the machine work.
void start_kernel(unsigned process_limit);

/// The live process of that name, or null: stale generations, names that are no process, free slots.
inline Process *find_process(Endpoint endpoint) { return the_kernel.processes.find(endpoint); }

/// As find_process, with endpoint::self naming the caller.
inline Process *find_process_or_self(Process &caller, Endpoint endpoint) {
    return endpoint == endpoint::self ? &caller : find_process(endpoint);
}

/// The next tag for a request that the kernel makes.
inline std::uint64_t next_kernel_tag() { return ++the_kernel.last_tag; }

inline Pair &pair_of(const Privilege &sender, const Privilege &destination) {
    return the_kernel.messages.pairs[sender.id()][destination.id()];
}

}  // namespace axo::kernel
