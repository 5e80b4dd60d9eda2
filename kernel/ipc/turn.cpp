// What a turn holds: queued here, let go at its end, dropped with its process.
#include "kernel/ipc/turn.hpp"

#include "kernel/counters.hpp"
#include "kernel/ipc/async.hpp"
#include "kernel/ipc/buffer_queue.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/staged_context.hpp"
#include "kernel/process/staged_control.hpp"
#include "kernel/process/turn_changes.hpp"

#include <bit>
#include <utility>

namespace axo::kernel {
namespace {

void link_reply(HeldTurn &turn, Process &target) {
    target.previous_caller = turn.reply_tail;
    target.next_caller = nullptr;
    (turn.reply_tail != nullptr ? turn.reply_tail->next_caller : turn.reply_head) = &target;
    turn.reply_tail = &target;
}

/// By this turn, with a message or with the registers.
bool was_answered(const Process &caller, const Process &target) {
    if (target.reply_held) return true;
    const StagedContext *staged = staged_context(caller, target);
    return staged != nullptr && staged->extras.call == OpenCall::answered;
}

void hold_outgoing(Process &caller, Process &target) {
    target.reply_held = true;
    link_reply(caller.privilege->turn, target);
    caller.privilege->waiting |= waiting::held_reply;
}

void unlink_reply(HeldTurn &turn, Process &target) {
    (target.previous_caller != nullptr ? target.previous_caller->next_caller : turn.reply_head) = target.next_caller;
    (target.next_caller != nullptr ? target.next_caller->previous_caller : turn.reply_tail) = target.previous_caller;
    target.next_caller = target.previous_caller = nullptr;
}

void let_go_messages(Process &caller, HeldTurn &turn) {
    while (AsyncBuffer *buffer = take_first(turn.message_head, turn.message_tail)) let_go(caller, *buffer);
}

void let_go_replies(Process &caller, HeldTurn &turn) {
    while (Process *target = turn.reply_head) {
        forget_held_reply(*target);
        complete_request(*target, caller, target->outgoing);
    }
}

void let_go_notes(Process &caller, HeldTurn &turn) {
    for (unsigned word = 0; word < max_system_processes / 64; ++word) {
        for (std::uint64_t bits = std::exchange(turn.notes.words[word], 0); bits != 0; bits &= bits - 1)
            post_note(caller, the_kernel.privileges[word * 64 + static_cast<unsigned>(std::countr_zero(bits))]);
    }
}

/// The message never was: a request is not counted as unanswered, a reply answered nothing.
void take_back(Privilege &sender, AsyncBuffer &buffer) {
    Privilege &destination = the_kernel.privileges[buffer.destination];
    if (buffer.message.is_reply())
        --pair_of(sender, destination).held_replies;
    else if (wants_answer(buffer.message))
        settle_request(sender, destination);
    discard(destination, buffer);
}

}  // namespace

void hold_message(Process &caller, AsyncBuffer &buffer) {
    Privilege &own = *caller.privilege;
    if (buffer.message.is_reply()) ++pair_of(own, the_kernel.privileges[buffer.destination]).held_replies;
    append(own.turn.message_head, own.turn.message_tail, buffer);
    own.waiting |= waiting::held_message;
}

Status hold_reply(Process &caller, Process &target, const Message &message) {
    if (was_answered(caller, target)) return Error::not_ready;
    target.outgoing = message;
    hold_outgoing(caller, target);
    return {};
}

Status hold_status(Process &caller, Process &target, const Status &status) {
    if (was_answered(caller, target)) return Error::not_ready;
    const auto word = static_cast<std::uint64_t>(to_wire(status));
    target.outgoing = {
        .source = caller.endpoint, .type = 0, .flags = message_flag::reply, .tag = target.tag, .words = {word}};
    hold_outgoing(caller, target);
    return {};
}

bool holds_for(const Process &caller, const Process &target) {
    if (!holds_something(caller)) return false;
    const HeldTurn &turn = caller.privilege->turn;
    const unsigned id = target.privilege->id();
    for (const AsyncBuffer *buffer = turn.message_head; buffer != nullptr; buffer = buffer->next)
        if (buffer->destination == id) return true;
    return target.reply_held && target.peer == caller.endpoint;
}

// What is let go may strike a process, and so take others out of these queues: each is looked at anew every time.
void end_turn(Process &caller) {
    Privilege &own = *caller.privilege;
    const std::uint32_t held = own.waiting & waiting::held;
    own.waiting &= ~waiting::held;
    forget_changes(own);
    if ((held & waiting::held_control) != 0) set_contexts(caller);
    if ((held & waiting::held_message) != 0) let_go_messages(caller, own.turn);
    let_go_replies(caller, own.turn);
    if ((held & waiting::held_note) != 0) let_go_notes(caller, own.turn);
    if ((held & waiting::held_control) != 0) carry_out_controls(caller);
}

void drop_turn(Process &process) {
    Privilege &own = *process.privilege;
    own.waiting &= ~waiting::held;
    forget_changes(own);
    while (AsyncBuffer *buffer = take_first(own.turn.message_head, own.turn.message_tail)) take_back(own, *buffer);
    while (own.turn.reply_head != nullptr) forget_held_reply(*own.turn.reply_head);
    own.turn.notes = {};
    drop_controls(process);
}

void forget_held_reply(Process &target) {
    if (!target.reply_held) return;
    target.reply_held = false;
    unlink_reply(the_kernel.processes.slots[target.peer.slot()].privilege->turn, target);
}

void drop_held_for(const Privilege &destination, HeldFor whom) {
    const unsigned id = destination.id();
    for (Privilege &sender : the_kernel.privileges) {
        if (whom == HeldFor::the_dead) sender.turn.notes.reset(id);
        const auto unwanted = [id, whom](const AsyncBuffer &buffer) {
            return buffer.destination == id && (whom == HeldFor::the_dead || !buffer.message.is_reply());
        };
        sift(sender.turn.message_head, sender.turn.message_tail, unwanted, [&](AsyncBuffer &buffer) {
            if (buffer.message.is_reply()) --pair_of(sender, destination).held_replies;
            discard(the_kernel.privileges[id], buffer);
        });
    }
}

}  // namespace axo::kernel
