// poll, ppoll.
#include "servers/vfs/file/poll.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/signal_mask.hpp"
#include "servers/vfs/calls/user_memory.hpp"

namespace axo::vfs {
namespace {

std::span<abi::PollFd> descriptors_of(PollCall &poll) {
    return {reinterpret_cast<abi::PollFd *>(poll.text), poll.count};
}

/// The record of the call, with what the user's array names. Errors: no_memory, fault, absent.
Result<PollCall *> make_record(Call &call, std::uint32_t count) {
    PollCall *poll = TRY(make_poll_call(count, count * sizeof(abi::PollFd)));
    if (const Status copied = copy_in(call, call.address(0), poll->text, poll->text_bytes); !copied) {
        destroy_poll_call(poll);
        return copied.error();
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        const abi::PollFd &from = descriptors_of(*poll)[i];
        if (from.descriptor < 0) continue;
        PollItem &item = poll->items[i];
        item.events = from.events;
        item.file = Ref<OpenFile>(call.descriptors()->find(static_cast<std::uint32_t>(from.descriptor)));
        item.invalid = !item.file;
    }
    return poll;
}

/// Waits, and tells the user.
Outcome go_on(Vfs &vfs, Call &call) {
    const std::int64_t ready = TRY(wait_for_events(vfs, call));
    PollCall &poll = *call.poll;
    for (std::uint32_t i = 0; i < poll.count; ++i) descriptors_of(poll)[i].returned = poll.items[i].returned;
    TRY(copy_out(call, call.address(0), poll.text, poll.text_bytes));
    return ready;
}

}  // namespace

Outcome call_poll(Vfs &vfs, Call &call) {
    if (call.poll != nullptr) return go_on(vfs, call);
    const std::uint64_t count = call.argument(1);
    const auto limit = static_cast<std::int32_t>(call.argument(2));
    if (count > DescriptorTable::capacity) return Error::invalid;
    call.poll = TRY(make_record(call, static_cast<std::uint32_t>(count)));
    begin_wait(call, limit < 0 ? forever : milliseconds(static_cast<std::uint64_t>(limit)), {});
    return go_on(vfs, call);
}

Outcome call_ppoll(Vfs &vfs, Call &call) {
    if (call.poll != nullptr) return go_on(vfs, call);
    const std::uint64_t count = call.argument(1);
    if (count > DescriptorTable::capacity) return Error::invalid;
    const Nanoseconds limit = TRY(limit_of_timespec(call, call.address(2)));
    const MaskArgument mask = TRY(mask_at(call, call.address(3), call.argument(4)));
    call.poll = TRY(make_record(call, static_cast<std::uint32_t>(count)));
    begin_wait(call, limit, mask);
    return go_on(vfs, call);
}

}  // namespace axo::vfs
