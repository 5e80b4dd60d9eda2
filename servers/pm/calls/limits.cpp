// Resource limits and niceness. Limits are kept, inherited and shown; VFS and VM apply their own bounds.
#include "servers/pm/server.hpp"

namespace axo::pm {

std::int64_t Server::call_getrlimit(Process &caller, Call call) {
    return to_wire(change_limit(caller, caller, call.argument(0), 0, call.argument(1)));
}

std::int64_t Server::call_setrlimit(Process &caller, Call call) {
    return to_wire(change_limit(caller, caller, call.argument(0), call.argument(1), 0));
}

std::int64_t Server::call_prlimit(Process &caller, Call call) {
    const auto pid = static_cast<std::uint32_t>(call.argument(0));
    Process *target = pid == 0 ? &caller : processes_.find_pid(pid);
    if (target == nullptr) return to_wire(Error::no_process);
    const bool same_user = target == &caller || caller.credentials.is_root() ||
                           caller.credentials.user.real == target->credentials.user.real;
    if (!same_user) return to_wire(Error::not_permitted);
    return to_wire(change_limit(caller, *target, call.argument(1), call.argument(2), call.argument(3)));
}

/// Address 0: no new limit, or the old one is not wanted. Errors: invalid, fault, not_permitted (raising the maximum).
Status Server::change_limit(Process &caller, Process &target, std::uint64_t which, std::uint64_t new_address,
                            std::uint64_t old_address) {
    if (which >= abi::resource_limits) return Error::invalid;
    abi::ResourceLimit &limit = target.limits[which];
    abi::ResourceLimit wanted = limit;
    if (new_address != 0) {
        TRY(from_user(caller, new_address, &wanted, sizeof wanted));
        if (wanted.current > wanted.maximum) return Error::invalid;
        if (wanted.maximum > limit.maximum && !caller.credentials.is_root()) return Error::not_permitted;
    }
    if (old_address != 0) TRY(put(caller, old_address, limit));
    limit = wanted;
    return {};
}

Process *Server::priority_target(Process &caller, std::uint64_t which, std::uint64_t who) {
    constexpr std::uint64_t one_process = 0;
    if (which != one_process) return nullptr;
    return who == 0 ? &caller : processes_.find_pid(static_cast<std::uint32_t>(who));
}

std::int64_t Server::call_getpriority(Process &caller, Call call) {
    constexpr std::uint64_t kinds = 3;
    constexpr std::int32_t bias = 20;  // the call returns 20 - nice, so that it is never negative
    if (call.argument(0) >= kinds) return to_wire(Error::invalid);
    const Process *target = priority_target(caller, call.argument(0), call.argument(1));
    return target == nullptr ? to_wire(Error::no_process) : bias - target->nice;
}

std::int64_t Server::call_setpriority(Process &caller, Call call) {
    constexpr std::uint64_t kinds = 3;
    if (call.argument(0) >= kinds) return to_wire(Error::invalid);
    Process *target = priority_target(caller, call.argument(0), call.argument(1));
    if (target == nullptr) return to_wire(Error::no_process);
    auto nice = static_cast<std::int32_t>(call.argument(2));
    nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    if (!may_signal(caller.credentials, target->credentials)) return to_wire(Error::not_permitted);
    if (nice < target->nice && !caller.credentials.is_root()) return to_wire(Error::access);
    target->nice = nice;
    return 0;
}

}  // namespace axo::pm
