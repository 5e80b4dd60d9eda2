// RECEIVE: where it looks for work, and in which order (ref 1.4): notifications of the kernel, notifications by
// privilege id, word of dead peers, asynchronous messages, blocked senders.
#include "kernel/arch/arch.hpp"
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/scheduler.hpp"

#include <bit>
#include <utility>

namespace axo::kernel {
namespace {

constexpr Endpoint kernel_sender_name[kernel_senders] = {endpoint::clock, endpoint::system, endpoint::hardware};

Message notification(Endpoint source, std::uint64_t bits) {
    return {.source = source,
            .type = message_type::notify,
            .flags = static_cast<std::uint16_t>(IpcCall::notify),
            .tag = 0,
            .words = {bits, arch::now().value, 0, 0, 0, 0, 0}};
}

Message kernel_notification(Privilege &privilege, KernelSender sender) {
    std::uint64_t bits = 0;
    if (sender == KernelSender::hardware) bits = std::exchange(privilege.pending_interrupts, 0);
    if (sender == KernelSender::system) bits = std::exchange(privilege.pending_signals, 0);
    return notification(kernel_sender_name[static_cast<unsigned>(sender)], bits);
}

bool take_kernel_note(Process &caller, Endpoint from) {
    Privilege &privilege = *caller.privilege;
    for (unsigned n = 0; n < kernel_senders; ++n) {
        if ((privilege.kernel_notes & 1u << n) == 0) continue;
        if (from != endpoint::any && from != kernel_sender_name[n]) continue;
        privilege.kernel_notes &= ~(1u << n);
        if (privilege.kernel_notes == 0) privilege.waiting &= ~waiting::kernel_note;
        deliver(caller, kernel_notification(privilege, static_cast<KernelSender>(n)), nullptr);
        return true;
    }
    return false;
}

/// The lowest id with a pending notification that `from` admits, or max_system_processes.
unsigned pending_note(const Privilege &privilege, Endpoint from) {
    for (unsigned word = 0; word < max_system_processes / 64; ++word) {
        for (std::uint64_t bits = privilege.notes.words[word]; bits != 0; bits &= bits - 1) {
            const unsigned id = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
            const Process *owner = the_kernel.privileges[id].owner;
            if (from == endpoint::any || (owner != nullptr && owner->endpoint == from)) return id;
        }
    }
    return max_system_processes;
}

bool take_note(Process &caller, Endpoint from) {
    Privilege &privilege = *caller.privilege;
    const unsigned id = pending_note(privilege, from);
    if (id != max_system_processes) privilege.notes.reset(id);
    bool more = false;
    for (const std::uint64_t word : privilege.notes.words) more |= word != 0;
    if (!more) privilege.waiting &= ~waiting::note;
    if (id == max_system_processes) return false;
    if (the_kernel.privileges[id].owner == nullptr) return take_note(caller, from);  // its sender died meanwhile
    deliver(caller, notification(the_kernel.privileges[id].owner->endpoint, 0), nullptr);
    return true;
}

bool take_caller(Process &caller, Endpoint from) {
    for (Process *sender = caller.caller_head; sender != nullptr; sender = sender->next_caller) {
        if (from != endpoint::any && from != sender->endpoint) continue;
        leave_callers(*sender);
        const bool request = sender->sends_request;
        if (request) {
            sender->run_flags = (sender->run_flags & ~run_flag::sending) | run_flag::awaiting_reply;
        } else {
            sender->registers.set_result(0);
            release(*sender, run_flag::sending);
        }
        deliver(caller, sender->outgoing, request ? sender : nullptr);
        return true;
    }
    return false;
}

/// Takes the first thing that waits; the caller is marked receiving while it is looked for.
bool take_work(Process &caller, Endpoint from) {
    const std::uint32_t work = caller.privilege->waiting;
    if ((work & waiting::kernel_note) != 0 && take_kernel_note(caller, from)) return true;
    if ((work & waiting::note) != 0 && take_note(caller, from)) return true;
    if ((work & waiting::obituary) != 0 && take_obituary(caller, from)) return true;
    if ((work & waiting::async) != 0 && take_async(caller, from)) return true;
    return take_caller(caller, from);
}

bool is_kernel_sender(Endpoint from) {
    return from == endpoint::clock || from == endpoint::system || from == endpoint::hardware;
}

Status check_source(const Process &caller, Endpoint from) {
    if ((caller.privilege->rights.traps & trap_bit(IpcCall::receive)) == 0) return Error::trap_denied;
    if (from == endpoint::any || is_kernel_sender(from)) return {};
    const Process *source = find_process(from);
    return source == nullptr || source->has(run_flag::no_endpoint) ? Status{Error::dead_peer} : Status{};
}

}  // namespace

Status receive(Process &caller, Endpoint from) {
    const Status allowed = check_source(caller, from);
    if (!allowed) return allowed;
    caller.peer = from;
    caller.wait = Wait::ipc;
    caller.run_flags |= run_flag::receiving;
    if (take_work(caller, from)) return {};
    work_for(caller, nullptr);
    if (from.is_process()) {
        caller.run_flags &= ~run_flag::receiving;
        const Status free_of_cycles = check_deadlock(caller, from);
        if (!free_of_cycles) return free_of_cycles;
        caller.run_flags |= run_flag::receiving;
    }
    return {};
}

Status notify(Process &caller, Endpoint to) {
    Process &target = *TRY(check_target(caller, IpcCall::notify, to));
    if (target.is_user != 0) return Error::not_ready;
    hold_note(caller, target);
    return {};
}

void post_note(const Process &sender, Privilege &target) {
    if (accepts(*target.owner, sender.endpoint)) {
        deliver(*target.owner, notification(sender.endpoint, 0), nullptr);
        return;
    }
    target.notes.set(sender.privilege->id());
    target.waiting |= waiting::note;
}

void kernel_notify(Privilege &target, KernelSender sender) {
    Process *owner = target.owner;
    if (owner == nullptr) return;
    const Endpoint name = kernel_sender_name[static_cast<unsigned>(sender)];
    if (accepts(*owner, name)) {
        deliver(*owner, kernel_notification(target, sender), nullptr);
        return;
    }
    target.kernel_notes |= 1u << static_cast<unsigned>(sender);
    target.waiting |= waiting::kernel_note;
}

void kernel_signal_to(Privilege &target, std::uint64_t bits) {
    target.pending_signals |= bits;
    kernel_notify(target, KernelSender::system);
}

}  // namespace axo::kernel
