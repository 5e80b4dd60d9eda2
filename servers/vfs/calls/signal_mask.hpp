// What ppoll and pselect6 have beside poll and select: a time in a timespec and a signal mask for
// the length of the wait. The mask is PM's.
#pragma once

#include "servers/vfs/file/poll.hpp"

namespace axo::vfs {

struct MaskArgument {
    bool given = false;
    std::uint64_t mask = 0;
};

/// A null pointer means for ever. Errors: invalid, fault, absent.
Result<Nanoseconds> limit_of_timespec(Call &call, VirtAddr address);
/// A null pointer means no mask. Errors: invalid (size), fault, absent.
Result<MaskArgument> mask_at(Call &call, VirtAddr address, std::uint64_t bytes);

/// wait_for_events with the mask in force.
sef::Async<Outcome> wait_with_mask(Vfs &vfs, Ref<Call> call, PollCall *poll, Nanoseconds limit, MaskArgument mask);

}  // namespace axo::vfs
