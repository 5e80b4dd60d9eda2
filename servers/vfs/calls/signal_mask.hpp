// What ppoll and pselect6 have beside poll and select: a time in a timespec and a signal mask for the
// length of the wait, which is PM's.
#pragma once

#include "servers/vfs/file/poll.hpp"

namespace axo::vfs {

/// A null pointer means for ever. Errors: invalid, fault, absent.
Result<Nanoseconds> limit_of_timespec(Call &call, VirtAddr address);
/// A null pointer means no mask. Errors: invalid (size), fault, absent.
Result<MaskArgument> mask_at(Call &call, VirtAddr address, std::uint64_t bytes);

/// The record of a poll or select call that was just made: how long it waits, with which mask.
void begin_wait(Call &call, Nanoseconds limit, MaskArgument mask);

}  // namespace axo::vfs
