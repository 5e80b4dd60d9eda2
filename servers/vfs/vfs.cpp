// The way of a Linux call from arrival to answer.
#include "servers/vfs/vfs.hpp"

#include "lib/sys/ds.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/calls/dispatch.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/device/driver_events.hpp"
#include "servers/vfs/file/poll.hpp"
#include "servers/vfs/mount/boot.hpp"

namespace axo::vfs {
namespace {

Vfs *the_service = nullptr;

/// Awaits the work on a process' call and answers it.
sef::Task answer_with(Vfs &vfs, Ref<Process> process, sef::Async<Outcome> work) {
    vfs.begin_work(*process);
    const Outcome outcome = co_await work;
    vfs.finish_work(*process, outcome);
}

}  // namespace

Vfs &service() { return *the_service; }

Status Vfs::init(const sef::Init &) {
    the_service = this;
    issue_woken();
    return {};
}

void Vfs::activated() {
    if (const Status subscribed = sys::ds::subscribe("(drv\\.vfs|fs\\.up)\\..*"); !subscribed) {
        sys::log("no driver events: error %d", static_cast<int>(subscribed.error()));
    }
    boot(*this);
}

void Vfs::user_call(sef::UserCall call) {
    Process *process = state.processes.find(call.process());
    if (process == nullptr) {
        call.fail(Error::no_process);
        return;
    }
    process->call = std::move(call);
    process->progress = 0;
    process->cancelled = false;
    dispatch(*process);
}

void Vfs::dispatch(Process &process) {
    const Handler handler = handler_of(process.call.number());
    if (handler == nullptr) {
        process.call.fail(Error::no_syscall);
        return;
    }
    settle(process, handler(*this, process));
}

void Vfs::settle(Process &process, const Outcome &outcome) {
    if (outcome) [[likely]] {
        process.waiting = WaitKind::none;
        if (process.wait_file) process.wait_file.reset();
        process.call.answer(*outcome);
        return;
    }
    if (outcome.error() == answered_later) return;
    if (outcome.error() == Error::absent) {
        if (!retry(Ref<Process>(&process)).started()) settle(process, Error::no_memory);
        return;
    }
    process.waiting = WaitKind::none;
    process.wait_file.reset();
    process.call.fail(outcome.error());
}

sef::Task Vfs::retry(Ref<Process> process) {
    process->waiting = WaitKind::running;
    auto present = bring_in(process);
    const Status brought = co_await present;
    if (process->exited) co_return;
    if (brought) {
        dispatch(*process);
    } else if (process->progress != 0) {
        settle(*process, static_cast<std::int64_t>(process->progress));
    } else {
        settle(*process, brought.error() == Error::no_memory ? Error::no_memory : Error::fault);
    }
}

Outcome Vfs::drive(Process &process, sef::Async<Outcome> work) {
    const sef::Task task = answer_with(*this, Ref<Process>(&process), std::move(work));
    if (!task.started()) return Error::no_memory;
    return answered_later;
}

void Vfs::begin_work(Process &process) {
    ++state.running;
    process.waiting = WaitKind::running;
}

void Vfs::finish_work(Process &process, const Outcome &outcome) {
    --state.running;
    process.driver = endpoint::none;
    if (!process.exited) settle(process, outcome);
}

Outcome Vfs::wait_on(Process &process, WaitKind kind, ProcessWaitList &list, OpenFile *file) {
    if (process.cancelled) return Error::restart_call;
    process.waiting = kind;
    process.wait_file = Ref<OpenFile>(file);
    list.push_back(process);
    return answered_later;
}

void Vfs::wake_all(ProcessWaitList &list) {
    if (list.empty()) return;
    state.ready.take_all(list);
    woken_.signal_all();
}

void Vfs::wake_one(ProcessWaitList &list) {
    WaitLink *first = list.pop_front();
    if (first == nullptr) return;
    state.ready.push_back(*first);
    woken_.signal_all();
}

sef::Task Vfs::issue_woken() {
    for (;;) {
        // What a call wakes in its turn comes behind it on the list; the stack stays flat.
        while (WaitLink *link = state.ready.pop_front()) {
            auto &process = static_cast<Process &>(*link);
            if (!process.exited) dispatch(process);
        }
        auto woken = woken_.wait();
        co_await woken;
    }
}

void Vfs::abandon_call(Process &process) {
    process.node.unlink();
    if (process.poll != nullptr) wake(*process.poll);
    cancel_driver_request(process);
    process.cancelled = true;
    process.wait_file.reset();
    process.call.abandon();
}

void Vfs::on_notification(Endpoint source, std::uint64_t) {
    if (source == endpoint::ds) check_driver_events(*this);
}

void Vfs::on_peer_died(Endpoint peer, int) { driver_died(*this, peer); }

Result<OpenFile *> file_of(Process &process, std::uint64_t descriptor) {
    if (process.wait_file) return process.wait_file.get();
    OpenFile *file = process.descriptors->find(static_cast<std::uint32_t>(descriptor));
    if (file == nullptr) return Error::bad_descriptor;
    return file;
}

}  // namespace axo::vfs
