// The way of a Linux call from arrival to answer.
#include "servers/vfs/vfs.hpp"

#include "lib/sys/clock.hpp"
#include "lib/sys/ds.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/calls/dispatch.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/device/driver_events.hpp"
#include "servers/vfs/mount/boot.hpp"

namespace axo::vfs {
namespace {

/// Awaits the work on a call and answers it.
sef::Task answer_with(Vfs &vfs, Ref<Call> call, sef::Async<Outcome> work) {
    vfs.begin_work(*call);
    const Outcome outcome = co_await work;
    vfs.finish_work(*call, outcome);
}

}  // namespace

Vfs &service() { return *static_cast<Vfs *>(sef::context().service); }

Vfs::Vfs(State &own_state) : state(own_state) {
    woken_.callback = bind<&Vfs::issue_woken>(*this);
    alarm_.set_callback(bind<&Vfs::end_deadlines>(*this));
}

Status Vfs::init(const sef::Init &) {
    sef::context().service = this;
    return {};
}

void Vfs::activated() {
    if (state.root_ready) {  // taken over from the version before
        if (const PollCall *first = state.deadlines.first()) alarm_.set_at(first->deadline);
        return check_driver_events(*this);
    }
    if (const Status subscribed = sys::ds::subscribe("(drv\\.vfs|fs\\.up)\\..*"); !subscribed) {
        sys::log("no driver events: error %d", static_cast<int>(subscribed.error()));
    }
    boot(*this);
}

void Vfs::user_call(sef::UserCall user) {
    Process *process = state.processes.find(user.process());
    if (process == nullptr) {
        user.fail(Error::no_process);
        return;
    }
    Call *call = begin_call(*process, user);
    if (call == nullptr) {
        user.fail(Error::no_memory);
        return;
    }
    dispatch(*call);
}

void Vfs::dispatch(Call &call) {
    const Handler handler = handler_of(call.number());
    settle(call, handler != nullptr ? handler(*this, call) : Error::no_syscall);
}

void Vfs::settle(Call &call, Outcome outcome) {
    if (outcome) [[likely]] {
        call.user.answer(*outcome);
        return end(call);
    }
    const Error error = outcome.error();
    if (error != answered_later) return settle_otherwise(call, error);
    // A call that is not live has started a program: nobody waits for an answer.
    if (call.live && !call.process_node.linked()) call.process->calls.push_back(call);
}

void Vfs::settle_otherwise(Call &call, Error error) {
    if (error != issue_again && error != Error::absent) {
        call.user.fail(public_error(error));
        return end(call);
    }
    settle(call, answered_later);
    if (!call.live) return;
    if (error == issue_again) return issue_later(call);
    if (!retry(Ref<Call>(&call)).started()) settle(call, Error::no_memory);
}

sef::Task Vfs::retry(Ref<Call> call) {
    call->waiting = WaitKind::running;
    auto present = bring_in(call);
    const Status brought = co_await present;
    if (call->exited()) co_return;
    if (brought) {
        dispatch(*call);
    } else if (call->progress != 0) {
        settle(*call, static_cast<std::int64_t>(call->progress));
    } else {
        settle(*call, brought.error() == Error::no_memory ? Error::no_memory : Error::fault);
    }
}

Outcome Vfs::drive(Call &call, sef::Async<Outcome> work) {
    const sef::Task task = answer_with(*this, Ref<Call>(&call), std::move(work));
    if (!task.started()) return Error::no_memory;
    return answered_later;
}

void Vfs::begin_work(Call &call) {
    ++state.running;
    call.waiting = WaitKind::running;
}

void Vfs::finish_work(Call &call, const Outcome &outcome) {
    --state.running;
    call.driver = endpoint::none;
    if (!call.exited()) settle(call, outcome);
}

Outcome Vfs::wait_on(Call &call, WaitKind kind, CallWaitList &list) {
    if (call.cancelled) return Error::restart_call;
    call.waiting = kind;
    list.push_back(call);
    return answered_later;
}

void Vfs::issue_later(Call &call) {
    call.node.unlink();
    state.ready.push_back(call);
    if (!woken_.node.linked()) sef::make_ready(woken_);
}

void Vfs::wake_all(CallWaitList &list) {
    if (list.empty()) return;
    state.ready.take_all(list);
    if (!woken_.node.linked()) sef::make_ready(woken_);
}

void Vfs::wake_one(CallWaitList &list) {
    if (WaitLink *first = list.front()) issue_later(static_cast<Call &>(*first));
}

// What a call wakes in its turn comes behind it on the list; the stack stays flat.
void Vfs::issue_woken() {
    while (WaitLink *link = state.ready.pop_front()) dispatch(static_cast<Call &>(*link));
}

void Vfs::changed(Watch &watch) {
    ++watch.edges;
    for (PollEntry &entry : watch.entries) look_again(*entry.call);
}

void Vfs::look_again(Call &call) {
    if (call.waiting == WaitKind::poll) issue_later(call);
}

Outcome Vfs::wait_for_change(Call &call) {
    PollCall &poll = *call.poll;
    call.waiting = WaitKind::poll;
    if (poll.deadline != forever && !poll.at_once && !poll.expired && !poll.deadline_node.queued()) {
        state.deadlines.insert(poll);
        if (state.deadlines.first() == &poll) alarm_.set_at(poll.deadline);
    }
    return answered_later;
}

void Vfs::end_deadlines() {
    const Nanoseconds now = sys::now();
    while (PollCall *first = state.deadlines.first()) {
        if (now < first->deadline) return alarm_.set_at(first->deadline);
        state.deadlines.remove(*first);
        first->expired = true;
        look_again(*first->call);
    }
}

void Vfs::end(Call &call) {
    if (call.poll != nullptr) [[unlikely]]
        end_poll(call);
    end_call(call);
}

void Vfs::end_poll(Call &call) {
    PollCall *poll = std::exchange(call.poll, nullptr);
    if (poll->deadline_node.queued()) state.deadlines.remove(*poll);
    destroy_poll_call(poll);
}

void Vfs::abandon(Call &call) {
    cancel_driver_request(call);
    call.cancelled = true;
    end(call);
}

void Vfs::on_notification(Endpoint source, std::uint64_t) {
    if (source == endpoint::ds) check_driver_events(*this);
}

void Vfs::on_peer_died(Endpoint peer, int) { driver_died(*this, peer); }

Result<OpenFile *> file_of(Call &call, std::uint64_t descriptor) {
    if (!call.file) {
        call.file = Ref<OpenFile>(call.descriptors()->find(static_cast<std::uint32_t>(descriptor)));
        if (!call.file) return Error::bad_descriptor;
    }
    return call.file.get();
}

}  // namespace axo::vfs
