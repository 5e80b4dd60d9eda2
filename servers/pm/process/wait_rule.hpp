// Which child a wait call is about, and what it reports. Pure: no process is changed here.
#pragma once

#include <cstdint>

#include "servers/pm/calls/linux_abi.hpp"

namespace axo::pm {

enum class WaitWhom : std::uint32_t { any, pid, group };

/// What a wait4 or waitid asks for.
struct WaitTarget {
    WaitWhom whom;
    std::uint32_t id;       // pid or group
    std::uint32_t options;  // wait_option
};

/// Translates the pid argument of wait4; `own_group` is the caller's process group.
constexpr WaitTarget wait4_target(std::int32_t pid, std::uint32_t options, std::uint32_t own_group) {
    if (pid > 0) return {WaitWhom::pid, static_cast<std::uint32_t>(pid), options};
    if (pid == -1) return {WaitWhom::any, 0, options};
    if (pid == 0) return {WaitWhom::group, own_group, options};
    return {WaitWhom::group, 0u - static_cast<std::uint32_t>(pid), options};
}

/// What a parent may learn about a child.
enum class ChildEvent : std::uint8_t { none, exited, stopped, continued };

/// The state of a child as the parent's wait sees it.
struct ChildState {
    std::uint32_t pid, group;
    bool zombie;
    bool stop_unreported, continue_unreported;
};

/// Whether the child is one the target names, whatever its state.
constexpr bool wait_names(const WaitTarget &target, const ChildState &child) {
    switch (target.whom) {
        case WaitWhom::any: return true;
        case WaitWhom::pid: return child.pid == target.id;
        case WaitWhom::group: return child.group == target.id;
    }
    return false;
}

/// What there is to report now. `exited` needs wait_option::exited, which wait4 implies.
constexpr ChildEvent wait_event(const WaitTarget &target, const ChildState &child) {
    if (!wait_names(target, child)) return ChildEvent::none;
    if (child.zombie) return (target.options & abi::wait_option::exited) != 0 ? ChildEvent::exited : ChildEvent::none;
    if (child.stop_unreported && (target.options & abi::wait_option::stopped) != 0) return ChildEvent::stopped;
    if (child.continue_unreported && (target.options & abi::wait_option::continued) != 0) return ChildEvent::continued;
    return ChildEvent::none;
}

namespace wait_status {
constexpr std::uint32_t exited(std::uint32_t code) { return (code & 0xff) << 8; }
constexpr std::uint32_t killed(int signal) { return static_cast<std::uint32_t>(signal) & 0x7f; }
constexpr std::uint32_t stopped(int signal) { return static_cast<std::uint32_t>(signal) << 8 | 0x7f; }
inline constexpr std::uint32_t continued = 0xffff;
constexpr bool was_killed(std::uint32_t status) { return (status & 0x7f) != 0; }
constexpr std::uint32_t exit_code(std::uint32_t status) { return status >> 8 & 0xff; }
constexpr std::uint32_t signal(std::uint32_t status) { return status & 0x7f; }
}  // namespace wait_status

}  // namespace axo::pm
