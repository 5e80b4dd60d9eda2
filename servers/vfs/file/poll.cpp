// See poll.hpp and poll_call.hpp.
#include "servers/vfs/file/poll.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint16_t always_reported = abi::poll_error | abi::poll_hang_up | abi::poll_invalid;

/// Fills in `returned` of one item and arms it in the same step.
Status look_at(Vfs &vfs, Call &call, PollItem &item) {
    item.returned = 0;
    if (item.invalid) item.returned = abi::poll_invalid;
    if (!item.file) return {};
    const std::uint32_t ready = TRY(operations_of(*item.file).poll(vfs, call, *item.file, item));
    item.returned = static_cast<std::uint16_t>(ready & (item.events | always_reported));
    return {};
}

/// How many items are ready.
Outcome look(Vfs &vfs, Call &call) {
    std::int64_t ready = 0;
    for (PollItem &item : call.poll->all()) {
        TRY(look_at(vfs, call, item));
        if (item.returned != 0) ++ready;
    }
    return ready;
}

/// PM interrupts the call at once if the new mask lets a pending signal through. The old mask comes back when the call
/// returns: after the handler, if one runs.
sef::Async<Outcome> put_mask(Ref<Call> call) {
    const pm::WaitMask request{call->endpoint(), 0, call->poll->mask.mask};
    const auto answer = co_await sef::request(endpoint::pm, request);
    if (!answer) co_return answer.error() == Error::bad_request ? Error::no_syscall : answer.error();
    co_return issue_again;
}

/// No signal ended the wait: the old mask must be back before the call returns.
sef::Async<Outcome> take_mask_back(Ref<Call> call) {
    const pm::WaitMaskOver request{call->endpoint(), 0};
    const auto answer = co_await sef::request(endpoint::pm, request);
    // Without an answer PM has not even the process any more; what was found ready stays true.
    co_return answer || answer.error() == Error::no_process ? issue_again : answer.error();
}

void stop_looking(Vfs &vfs, PollCall &poll) {
    for (PollItem &item : poll.all()) item.entry.node.unlink();
    if (poll.deadline_node.queued()) vfs.state.deadlines.remove(poll);
}

}  // namespace

Result<PollCall *> make_poll_call(std::uint32_t count, std::uint64_t text_bytes) {
    const Result<PollCall *> poll = create<PollCall>(arena_heap());
    const Result<void *> items = arena_heap().allocate((count + std::size_t{1}) * sizeof(PollItem));
    const Result<void *> text = arena_heap().allocate(text_bytes + 1);
    if (!poll || !items || !text) {
        if (poll) destroy(arena_heap(), *poll);
        if (items) arena_heap().free(*items);
        if (text) arena_heap().free(*text);
        return Error::no_memory;
    }
    (*poll)->count = count;
    (*poll)->items = static_cast<PollItem *>(*items);
    (*poll)->text = static_cast<std::byte *>(*text);
    (*poll)->text_bytes = text_bytes;
    for (std::uint32_t i = 0; i < count; ++i) ::new ((*poll)->items + i) PollItem;
    return *poll;
}

void destroy_poll_call(PollCall *poll) {
    for (PollItem &item : poll->all()) item.~PollItem();
    arena_heap().free(poll->items);
    arena_heap().free(poll->text);
    destroy(arena_heap(), poll);
}

void watch(Call &call, PollItem &item, Watch &watched) {
    if (item.entry.node.linked()) return;
    item.entry.call = &call;
    watched.entries.push_back(item.entry);
}

Outcome wait_for_events(Vfs &vfs, Call &call) {
    PollCall &poll = *call.poll;
    if (poll.done) return poll.ready;
    if (poll.mask.given && !poll.masked) {
        poll.masked = true;
        return vfs.drive(call, put_mask(Ref<Call>(&call)));
    }
    if (call.cancelled) return Error::interrupted;
    const std::int64_t ready = TRY(look(vfs, call));
    if (poll.asking != 0 || (ready == 0 && !poll.expired && !poll.at_once)) return vfs.wait_for_change(call);
    poll.done = true;
    poll.ready = ready;
    stop_looking(vfs, poll);
    return poll.mask.given ? vfs.drive(call, take_mask_back(Ref<Call>(&call))) : Outcome(ready);
}

}  // namespace axo::vfs
