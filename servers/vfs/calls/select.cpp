// select, pselect6.
#include <algorithm>

#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/signal_mask.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/poll.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint32_t set_words = DescriptorTable::capacity / 64;

struct Sets {
    std::uint64_t read[set_words], write[set_words], exceptional[set_words];
};

struct SelectArguments {
    std::uint32_t count;
    VirtAddr read, write, exceptional;
    Nanoseconds limit;
    MaskArgument mask;
    std::size_t bytes() const { return (count + 63) / 64 * sizeof(std::uint64_t); }
};

/// What Linux counts as readable, writable and exceptional.
constexpr std::uint16_t read_events = abi::poll_in | abi::poll_read_normal | abi::poll_hang_up | abi::poll_error;
constexpr std::uint16_t write_events = abi::poll_out | abi::poll_write_normal | abi::poll_error;

bool has(const std::uint64_t (&set)[set_words], std::uint32_t descriptor) {
    return (set[descriptor / 64] >> descriptor % 64 & 1) != 0;
}

std::uint16_t events_of(const Sets &sets, std::uint32_t descriptor) {
    std::uint32_t events = 0;
    if (has(sets.read, descriptor)) events |= abi::poll_in;
    if (has(sets.write, descriptor)) events |= abi::poll_out;
    if (has(sets.exceptional, descriptor)) events |= abi::poll_priority;
    return static_cast<std::uint16_t>(events);
}

Status copy_sets(Call &call, const SelectArguments &arguments, Sets &sets) {
    sets = {};
    if (arguments.read.value != 0) TRY(copy_in(call, arguments.read, sets.read, arguments.bytes()));
    if (arguments.write.value != 0) TRY(copy_in(call, arguments.write, sets.write, arguments.bytes()));
    if (arguments.exceptional.value != 0)
        TRY(copy_in(call, arguments.exceptional, sets.exceptional, arguments.bytes()));
    return {};
}

Status deliver_sets(Call &call, const SelectArguments &arguments, const Sets &sets) {
    if (arguments.read.value != 0) TRY(copy_out(call, arguments.read, sets.read, arguments.bytes()));
    if (arguments.write.value != 0) TRY(copy_out(call, arguments.write, sets.write, arguments.bytes()));
    if (arguments.exceptional.value != 0)
        TRY(copy_out(call, arguments.exceptional, sets.exceptional, arguments.bytes()));
    return {};
}

/// One item per descriptor that any set names. Errors: bad_descriptor, no_memory.
Result<PollCall *> make_call(const Call &call, const Sets &sets, std::uint32_t count) {
    PollCall *poll = TRY(make_poll_call(count));
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint16_t events = events_of(sets, i);
        if (events == 0) continue;
        poll->items[i].file = Ref<OpenFile>(call.descriptors()->find(i));
        poll->items[i].events = events;
        if (!poll->items[i].file) {
            destroy_poll_call(poll);
            return Error::bad_descriptor;
        }
    }
    return poll;
}

/// Leaves in the sets what is ready; returns how many bits.
std::int64_t keep_ready(Sets &sets, const PollCall &poll) {
    std::int64_t total = 0;
    const auto keep = [&total](std::uint64_t(&set)[set_words], std::uint32_t descriptor, bool ready) {
        if (!has(set, descriptor)) return;
        if (ready) {
            ++total;
        } else {
            set[descriptor / 64] &= ~(std::uint64_t{1} << descriptor % 64);
        }
    };
    for (std::uint32_t i = 0; i < poll.count; ++i) {
        const std::uint16_t returned = poll.items[i].returned;
        keep(sets.read, i, (returned & read_events) != 0);
        keep(sets.write, i, (returned & write_events) != 0);
        keep(sets.exceptional, i, (returned & abi::poll_priority) != 0);
    }
    return total;
}

sef::Async<Outcome> select_files(Vfs &vfs, Ref<Call> call, SelectArguments arguments) {
    Sets sets;
    if (const Status copied = copy_sets(*call, arguments, sets); !copied) co_return copied.error();
    const Result<PollCall *> poll = make_call(*call, sets, arguments.count);
    if (!poll) co_return poll.error();
    auto waiting = wait_with_mask(vfs, call, *poll, arguments.limit, arguments.mask);
    const Outcome waited = co_await waiting;
    const std::int64_t ready = waited ? keep_ready(sets, **poll) : 0;
    destroy_poll_call(*poll);
    if (!waited) co_return waited;
    if (call->exited()) co_return Error::no_process;
    const Status delivered = deliver_sets(*call, arguments, sets);
    if (!delivered) co_return delivered.error() == Error::absent ? Error::fault : delivered.error();
    co_return ready;
}

Result<SelectArguments> arguments_of(const Call &call) {
    const auto count = static_cast<std::int32_t>(call.argument(0));
    if (count < 0) return Error::invalid;
    return SelectArguments{
        .count = std::min(static_cast<std::uint32_t>(count), DescriptorTable::capacity),
        .read = call.address(1),
        .write = call.address(2),
        .exceptional = call.address(3),
        .limit = forever,
        .mask = {},
    };
}

Result<Nanoseconds> limit_of_timeval(Call &call, VirtAddr address) {
    if (address.value == 0) return forever;
    abi::Timeval time{};
    TRY(copy_in(call, address, &time, sizeof time));
    if (time.seconds < 0 || time.microseconds < 0) return Error::invalid;
    static constexpr std::int64_t longest = 4'000'000'000;
    if (time.seconds > longest || time.microseconds > longest) return forever;
    return Nanoseconds{static_cast<std::uint64_t>(time.seconds) * abi::nanoseconds_per_second +
                       static_cast<std::uint64_t>(time.microseconds) * 1000};
}

}  // namespace

Outcome call_select(Vfs &vfs, Call &call) {
    SelectArguments arguments = TRY(arguments_of(call));
    arguments.limit = TRY(limit_of_timeval(call, call.address(4)));
    return vfs.drive(call, select_files(vfs, Ref<Call>(&call), arguments));
}

Outcome call_pselect6(Vfs &vfs, Call &call) {
    SelectArguments arguments = TRY(arguments_of(call));
    arguments.limit = TRY(limit_of_timespec(call, call.address(4)));
    if (call.argument(5) != 0) {
        struct {
            VirtAddr mask;
            std::uint64_t bytes;
        } pair{};
        TRY(copy_in(call, call.address(5), &pair, sizeof pair));
        arguments.mask = TRY(mask_at(call, pair.mask, pair.bytes));
    }
    return vfs.drive(call, select_files(vfs, Ref<Call>(&call), arguments));
}

}  // namespace axo::vfs
