// See signal_mask.hpp.
#include "servers/vfs/calls/signal_mask.hpp"

#include "lib/sys/clock.hpp"
#include "servers/vfs/calls/user_memory.hpp"

namespace axo::vfs {

Result<Nanoseconds> limit_of_timespec(Call &call, VirtAddr address) {
    if (address.value == 0) return forever;
    abi::Timespec time{};
    TRY(copy_in(call, address, &time, sizeof time));
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= abi::nanoseconds_per_second)
        return Error::invalid;
    static constexpr std::int64_t longest = 4'000'000'000;  // seconds; more is for ever
    if (time.seconds > longest) return forever;
    return Nanoseconds{static_cast<std::uint64_t>(time.seconds) * abi::nanoseconds_per_second +
                       static_cast<std::uint64_t>(time.nanoseconds)};
}

Result<MaskArgument> mask_at(Call &call, VirtAddr address, std::uint64_t bytes) {
    if (address.value == 0) return MaskArgument{};
    MaskArgument argument{true, 0};
    if (bytes != sizeof argument.mask) return Error::invalid;
    TRY(copy_in(call, address, &argument.mask, sizeof argument.mask));
    return argument;
}

void begin_wait(Call &call, Nanoseconds limit, MaskArgument mask) {
    PollCall &poll = *call.poll;
    poll.call = &call;
    poll.mask = mask;
    poll.at_once = limit.value == 0;
    if (limit != forever) poll.deadline = sys::now() + limit;
}

}  // namespace axo::vfs
