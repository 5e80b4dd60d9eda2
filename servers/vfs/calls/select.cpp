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

Sets &sets_of(PollCall &poll) { return *reinterpret_cast<Sets *>(poll.text); }

/// One item per descriptor that any set names. Errors: bad_descriptor, no_memory, fault, absent.
Result<PollCall *> make_record(Call &call, const SelectArguments &arguments) {
    Sets sets;
    TRY(copy_sets(call, arguments, sets));
    std::uint32_t named = 0;
    for (std::uint32_t i = 0; i < arguments.count; ++i) {
        if (events_of(sets, i) == 0) continue;
        if (call.descriptors()->find(i) == nullptr) return Error::bad_descriptor;
        ++named;
    }
    PollCall *poll = TRY(make_poll_call(named, sizeof sets));
    sets_of(*poll) = sets;
    PollItem *item = poll->items;
    for (std::uint32_t i = 0; i < arguments.count; ++i) {
        const std::uint16_t events = events_of(sets, i);
        if (events == 0) continue;
        item->descriptor = i;
        item->events = events;
        item->file = Ref<OpenFile>(call.descriptors()->find(i));
        ++item;
    }
    return poll;
}

/// Leaves in `sets` what is ready; returns how many bits.
std::int64_t keep_ready(Sets &sets, PollCall &poll) {
    std::int64_t total = 0;
    const auto keep = [&total](std::uint64_t(&set)[set_words], std::uint32_t descriptor, bool ready) {
        if (!has(set, descriptor)) return;
        if (ready) {
            ++total;
        } else {
            set[descriptor / 64] &= ~(std::uint64_t{1} << descriptor % 64);
        }
    };
    for (const PollItem &item : poll.all()) {
        keep(sets.read, item.descriptor, (item.returned & read_events) != 0);
        keep(sets.write, item.descriptor, (item.returned & write_events) != 0);
        keep(sets.exceptional, item.descriptor, (item.returned & abi::poll_priority) != 0);
    }
    return total;
}

Result<SelectArguments> arguments_of(const Call &call) {
    const auto count = static_cast<std::int32_t>(call.argument(0));
    if (count < 0) return Error::invalid;
    return SelectArguments{std::min(static_cast<std::uint32_t>(count), DescriptorTable::capacity), call.address(1),
                           call.address(2), call.address(3)};
}

/// Waits, and tells the user. The sets stay as they were asked for, since the call may be issued again.
Outcome go_on(Vfs &vfs, Call &call, const SelectArguments &arguments) {
    TRY(wait_for_events(vfs, call));
    Sets sets = sets_of(*call.poll);
    const std::int64_t ready = keep_ready(sets, *call.poll);
    TRY(deliver_sets(call, arguments, sets));
    return ready;
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
    const SelectArguments arguments = TRY(arguments_of(call));
    if (call.poll != nullptr) return go_on(vfs, call, arguments);
    const Nanoseconds limit = TRY(limit_of_timeval(call, call.address(4)));
    call.poll = TRY(make_record(call, arguments));
    begin_wait(call, limit, {});
    return go_on(vfs, call, arguments);
}

Outcome call_pselect6(Vfs &vfs, Call &call) {
    const SelectArguments arguments = TRY(arguments_of(call));
    if (call.poll != nullptr) return go_on(vfs, call, arguments);
    const Nanoseconds limit = TRY(limit_of_timespec(call, call.address(4)));
    MaskArgument mask{};
    if (call.argument(5) != 0) {
        struct {
            VirtAddr mask;
            std::uint64_t bytes;
        } pair{};
        TRY(copy_in(call, call.address(5), &pair, sizeof pair));
        mask = TRY(mask_at(call, pair.mask, pair.bytes));
    }
    call.poll = TRY(make_record(call, arguments));
    begin_wait(call, limit, mask);
    return go_on(vfs, call, arguments);
}

}  // namespace axo::vfs
