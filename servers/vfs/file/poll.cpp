// See poll.hpp.
#include "servers/vfs/file/poll.hpp"

#include "lib/base/owned.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/pipe/pipe_io.hpp"

namespace axo::vfs {
namespace {

/// Links the call into what it looks at, so that a change wakes it.
void watch(PollItem &item, PollCall &poll) {
    if (!item.file || item.entry.node.linked()) return;
    item.entry.call = &poll;
    if (item.file->kind == FileKind::pipe) item.file->vnode->pipe->pollers.push_back(item.entry);
    if (item.file->kind == FileKind::character) item.file->pollers.push_back(item.entry);
}

/// Asks the driver and has it report the next change. A driver that fails makes the file an error.
sef::Async<Result<std::uint32_t>> ask_device(Ref<OpenFile> file, std::uint32_t events) {
    if (file->stale) co_return std::uint32_t{abi::poll_error | abi::poll_hang_up};
    const device::Poll question{file->minor, events, 1, 0};
    const auto answer = co_await sef::request(file->driver, question);
    if (!answer) co_return std::uint32_t{abi::poll_error};
    co_return answer->ready;
}

/// Fills in `returned` of one item.
sef::Async<Status> look_at(PollItem *item, PollCall *poll) {
    if (item->invalid) {
        item->returned = abi::poll_invalid;
        co_return Status{};
    }
    if (!item->file) co_return Status{};
    watch(*item, *poll);
    std::uint32_t ready = events_now(*item->file);
    if (item->file->kind == FileKind::character) {
        // The normal-data bits mean the same as in and out; drivers know only the plain ones.
        std::uint32_t asked = item->events & (abi::poll_in | abi::poll_priority | abi::poll_out);
        if ((item->events & abi::poll_read_normal) != 0) asked |= abi::poll_in;
        if ((item->events & abi::poll_write_normal) != 0) asked |= abi::poll_out;
        auto asking = ask_device(item->file, asked);
        const auto answer = co_await asking;
        if (!answer) co_return answer.error();
        ready = *answer;
        if ((ready & abi::poll_in) != 0) ready |= abi::poll_read_normal;
        if ((ready & abi::poll_out) != 0) ready |= abi::poll_write_normal;
    }
    item->returned = static_cast<std::uint16_t>(ready & (item->events | always_reported));
    co_return Status{};
}

/// Wakes the call when its time is up. Lies in the frame of the coroutine that waits.
struct Alarm {
    PollCall *poll;
    bool expired = false;
    sef::Timer timer;

    explicit Alarm(PollCall *owner) : poll(owner) { timer.set_callback(bind<&Alarm::ring>(*this)); }
    void ring() {
        expired = true;
        wake(*poll);
    }
};

}  // namespace

Result<PollCall *> make_poll_call(std::uint32_t count) {
    PollCall *poll = TRY(create<PollCall>(arena_heap()));
    const Result<void *> memory = arena_heap().allocate((count + std::size_t{1}) * sizeof(PollItem));
    if (!memory) {
        destroy(arena_heap(), poll);
        return memory.error();
    }
    poll->items = static_cast<PollItem *>(*memory);
    poll->count = count;
    for (std::uint32_t i = 0; i < count; ++i) ::new (poll->items + i) PollItem;
    return poll;
}

void destroy_poll_call(PollCall *poll) {
    for (PollItem &item : poll->all()) item.~PollItem();
    arena_heap().free(poll->items);
    destroy(arena_heap(), poll);
}

void wake(PollCall &poll) {
    poll.changed = true;
    service().poll_changed.signal_all();
}

void wake_pollers(PollList &list) {
    if (list.empty()) [[likely]]
        return;
    for (PollEntry &entry : list) entry.call->changed = true;
    service().poll_changed.signal_all();
}

std::uint16_t events_now(const OpenFile &file) {
    if (file.kind == FileKind::pipe) return pipe_events(file);
    if (file.kind == FileKind::path_only) return abi::poll_invalid;
    return abi::poll_in | abi::poll_out | abi::poll_read_normal | abi::poll_write_normal;
}

sef::Async<Outcome> wait_for_events(Vfs &vfs, Ref<Call> call, PollCall *poll, Nanoseconds limit) {
    Alarm alarm(poll);
    if (limit != forever && limit.value != 0) alarm.timer.set(limit);
    call->poll = poll;
    std::int64_t ready = 0;
    for (;;) {
        poll->changed = false;
        ready = 0;
        for (std::uint32_t i = 0; i < poll->count; ++i) {
            auto looking = look_at(&poll->items[i], poll);
            const Status looked = co_await looking;
            if (!looked) {
                call->poll = nullptr;
                co_return looked.error();
            }
            if (poll->items[i].returned != 0) ++ready;
        }
        if (ready != 0 || limit.value == 0 || alarm.expired || call->cancelled || call->exited()) break;
        while (!poll->changed) {
            auto change = vfs.poll_changed.wait();
            co_await change;
        }
    }
    call->poll = nullptr;
    if (ready == 0 && call->cancelled) co_return Error::interrupted;
    co_return ready;
}

}  // namespace axo::vfs
