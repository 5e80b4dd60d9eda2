// The services that exist before anything else runs: in which order they come up, what each may do, and which device
// majors they serve. One row per service; privileges.cpp turns a row into what the kernel is told.
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>

#include "axo/kernel_call.hpp"
#include "axo/types.hpp"

namespace axo::rs {

/// Privilege ids of a fixed table, as a mask.
using PeerMask = BitMask<max_system_processes>;

/// A set of kernel calls that belong together.
enum class CallGroup : std::uint32_t {
    basic = 1,        // what any system process needs
    processes = 2,    // fork to start_thread: PM
    signals = 4,      // kill, get_signal, end_signal, context
    user_memory = 8,  // virtual_copy, copy_argument, check_range, fill_user
    privileges = 16,  // privilege_control, schedule, update, clear, exec, shutdown
    memory = 32,      // page tables
    devices = 64,     // ports and interrupts
    kill = 128,       // kill alone
    clock = 256,      // read_cmos
};
constexpr std::uint32_t operator|(CallGroup a, CallGroup b) {
    return static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b);
}
constexpr std::uint32_t operator|(std::uint32_t a, CallGroup b) { return a | static_cast<std::uint32_t>(b); }

/// A device major that a service serves.
struct DeviceMajor {
    std::uint32_t major;
    bool block;
};

/// Row of the boot table. Lists end at the first `none`, which a short list must have.
struct BootEntry {
    std::string_view label;
    Endpoint endpoint;
    std::uint32_t priority;
    bool core;                          // its death ends the system
    bool awaited;                       // must be ready before the next one starts
    std::uint32_t kernel_calls;         // CallGroup bits
    std::uint64_t vm_calls;             // bit n: request vm::base + n
    std::array<Endpoint, 3> blocks_on;  // besides RS, for the ready messages
    std::array<Endpoint, 10> sends_to;  // symmetric
    std::array<DeviceMajor, 2> majors;  // major 0: none
    std::array<IoRange, 1> io;          // last 0: none
    std::array<std::uint8_t, 1> irqs;   // 0: none
    std::string_view mounts{};          // it is this file system's program, of which every mount gets a process
};

/// All boot services in the order in which they start; RS first.
std::span<const BootEntry> boot_table();

/// Null: not a boot service.
const BootEntry *find_boot_entry(Endpoint endpoint);
const BootEntry *find_boot_entry(std::string_view label);

/// What the kernel is told about a boot service.
Privileges boot_privileges(const BootEntry &entry);

/// The structure all user processes share.
Privileges user_privileges();

/// Kernel-call mask of a set of groups.
BitMask<128> kernel_call_mask(std::uint32_t groups);

/// VM requests any system process may make.
std::uint64_t basic_vm_calls();

}  // namespace axo::rs
