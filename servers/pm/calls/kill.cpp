// kill, tkill, tgkill, rt_sigqueueinfo: who may signal whom. Signals for services go through the kernel, so that the
// manager that is assigned to them is found (ref 6.1 items 4 to 6).
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint32_t init_pid = 1;

SignalOrigin from_sender(const Process &sender, std::uint64_t number, std::int32_t code) {
    SignalOrigin origin;
    origin.number = static_cast<std::int32_t>(number);
    origin.code = code;
    origin.pid = sender.pid;
    origin.uid = sender.credentials.user.real;
    return origin;
}

bool permitted(const Process &sender, const Process &target, int number) {
    if (may_signal(sender.credentials, target.credentials)) return true;
    return number == signal::cont && sender.session == target.session;
}

}  // namespace

/// Signal 0 only asks whether it could be sent. Errors: not_permitted.
Status Server::kill_one(Process &sender, Process &target, const SignalOrigin &origin) {
    if (!permitted(sender, target, origin.number)) return Error::not_permitted;
    if (target.system && origin.number != 0 && lethal_signals.has(origin.number)) return Error::not_permitted;
    if (origin.number != 0) send_signal(target, origin);
    return {};
}

std::int64_t Server::kill_many(Process &sender, std::uint32_t group, const SignalOrigin &origin) {
    bool found = false, sent = false;
    for (Process &target : processes_.all()) {
        const bool meant = group != 0 ? target.group == group && !target.system
                                      : target.pid != init_pid && !target.system && &target != &sender;
        if (!meant || target.life == Life::zombie) continue;
        found = true;
        sent = kill_one(sender, target, origin).has_value() || sent;
    }
    if (sent) return 0;
    return to_wire(found ? Error::not_permitted : Error::no_process);
}

std::int64_t Server::kill_by_id(Process &sender, std::int32_t pid, const SignalOrigin &origin) {
    if (pid == -1) return kill_many(sender, 0, origin);
    if (pid == INT32_MIN) return to_wire(Error::no_process);
    if (pid <= 0) return kill_many(sender, pid == 0 ? sender.group : static_cast<std::uint32_t>(-pid), origin);
    Process *target = processes_.find_pid(static_cast<std::uint32_t>(pid));
    if (target == nullptr) return to_wire(Error::no_process);
    return to_wire(kill_one(sender, *target, origin));
}

std::int64_t Server::call_kill(Process &caller, Call call) {
    const std::uint64_t number = call.argument(1);
    if (number > signal::last) return to_wire(Error::invalid);
    return kill_by_id(caller, static_cast<std::int32_t>(call.argument(0)),
                      from_sender(caller, number, abi::signal_code::user));
}

std::int64_t Server::call_tkill(Process &caller, Call call) {
    const auto thread = static_cast<std::int32_t>(call.argument(0));
    if (thread <= 0 || call.argument(1) > signal::last) return to_wire(Error::invalid);
    return kill_by_id(caller, thread, from_sender(caller, call.argument(1), abi::signal_code::thread));
}

std::int64_t Server::call_tgkill(Process &caller, Call call) {
    const auto group = static_cast<std::int32_t>(call.argument(0)),
               thread = static_cast<std::int32_t>(call.argument(1));
    if (group <= 0 || thread <= 0 || call.argument(2) > signal::last) return to_wire(Error::invalid);
    if (group != thread) return to_wire(Error::no_process);  // a process has one thread
    return kill_by_id(caller, thread, from_sender(caller, call.argument(2), abi::signal_code::thread));
}

std::int64_t Server::call_sigqueueinfo(Process &caller, Call call) {
    const auto pid = static_cast<std::int32_t>(call.argument(0));
    if (call.argument(1) > signal::last || pid <= 0) return to_wire(Error::invalid);
    const auto info = get<abi::SignalInfo>(caller, call.argument(2));
    if (!info) return to_wire(info.error());
    const bool pretends = info->code >= 0 || info->code == abi::signal_code::thread;
    if (pretends && static_cast<std::uint32_t>(pid) != caller.pid) return to_wire(Error::not_permitted);
    SignalOrigin origin = from_sender(caller, call.argument(1), info->code);
    origin.value = info->fields.sender.value;
    return kill_by_id(caller, pid, origin);
}

}  // namespace axo::pm
