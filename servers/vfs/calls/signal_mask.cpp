// See signal_mask.hpp.
#include "servers/vfs/calls/signal_mask.hpp"

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

sef::Async<Outcome> wait_with_mask(Vfs &vfs, Ref<Call> call, PollCall *poll, Nanoseconds limit, MaskArgument mask) {
    if (mask.given) {
        // PM interrupts the call at once if the new mask lets a pending signal through. The old mask
        // comes back when the call returns: after the handler, if one runs.
        const pm::WaitMask request{call->endpoint(), 0, mask.mask};
        const auto answer = co_await sef::request(endpoint::pm, request);
        if (!answer) co_return answer.error() == Error::bad_request ? Error::no_syscall : answer.error();
    }
    auto waiting = wait_for_events(vfs, call, poll, limit);
    const Outcome ready = co_await waiting;
    if (mask.given && ready) {
        // No signal ended the wait: the old mask must be back before the call returns.
        const pm::WaitMaskOver request{call->endpoint(), 0};
        static_cast<void>(co_await sef::request(endpoint::pm, request));
    }
    co_return ready;
}

}  // namespace axo::vfs
