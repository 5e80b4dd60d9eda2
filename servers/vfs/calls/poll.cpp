// poll, ppoll.
#include "servers/vfs/file/poll.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/signal_mask.hpp"
#include "servers/vfs/calls/user_memory.hpp"

namespace axo::vfs {
namespace {

struct PollArguments {
    VirtAddr descriptors;
    std::uint32_t count;
    Nanoseconds limit;
    MaskArgument mask;
};

void fill_items(const Call &call, std::span<const abi::PollFd> from, PollCall &poll) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i].descriptor < 0) continue;
        PollItem &item = poll.items[i];
        OpenFile *file = call.descriptors()->find(static_cast<std::uint32_t>(from[i].descriptor));
        item.events = from[i].events;
        item.file = Ref<OpenFile>(file);
        item.invalid = file == nullptr;
    }
}

sef::Async<Outcome> poll_files(Vfs &vfs, Ref<Call> call, PollArguments arguments) {
    const std::size_t bytes = arguments.count * sizeof(abi::PollFd);
    ScratchBuffer buffer(bytes + 1);
    if (!buffer) co_return Error::no_memory;
    if (const Status copied = copy_in(*call, arguments.descriptors, buffer.data(), bytes); !copied)
        co_return copied.error();
    const std::span descriptors(reinterpret_cast<abi::PollFd *>(buffer.data()), arguments.count);

    const Result<PollCall *> poll = make_poll_call(arguments.count);
    if (!poll) co_return poll.error();
    fill_items(*call, descriptors, **poll);
    auto waiting = wait_with_mask(vfs, call, *poll, arguments.limit, arguments.mask);
    const Outcome ready = co_await waiting;
    for (std::size_t i = 0; i < descriptors.size(); ++i) descriptors[i].returned = (*poll)->items[i].returned;
    destroy_poll_call(*poll);
    if (!ready) co_return ready;
    auto delivering = deliver(call, arguments.descriptors, buffer.data(), bytes);
    const Status delivered = co_await delivering;
    if (!delivered) co_return delivered.error();
    co_return ready;
}

}  // namespace

Outcome call_poll(Vfs &vfs, Call &call) {
    const std::uint64_t count = call.argument(1);
    const auto limit = static_cast<std::int32_t>(call.argument(2));
    if (count > DescriptorTable::capacity) return Error::invalid;
    PollArguments arguments{call.address(0), static_cast<std::uint32_t>(count), forever, {}};
    if (limit >= 0) arguments.limit = milliseconds(static_cast<std::uint64_t>(limit));
    return vfs.drive(call, poll_files(vfs, Ref<Call>(&call), arguments));
}

Outcome call_ppoll(Vfs &vfs, Call &call) {
    const std::uint64_t count = call.argument(1);
    if (count > DescriptorTable::capacity) return Error::invalid;
    PollArguments arguments{call.address(0), static_cast<std::uint32_t>(count), forever, {}};
    arguments.limit = TRY(limit_of_timespec(call, call.address(2)));
    arguments.mask = TRY(mask_at(call, call.address(3), call.argument(4)));
    return vfs.drive(call, poll_files(vfs, Ref<Call>(&call), arguments));
}

}  // namespace axo::vfs
