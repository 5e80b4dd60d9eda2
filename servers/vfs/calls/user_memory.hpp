// Copies between VFS and user memory. A page whose file content is missing gives `absent`; before
// any change a handler returns that and the call is issued again once VM has the page (vfs.cpp).
// After a change, deliver() waits for the page itself.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Errors: fault, absent (noted in call.absent).
Status copy_in(Call &call, VirtAddr from, void *to, std::uint64_t bytes);
Status copy_out(Call &call, VirtAddr to, const void *from, std::uint64_t bytes);

/// An ioctl's answer: the low `bytes` of `number` to where argument 2 points; 0. Errors: fault, absent.
Outcome put_number(Call &call, std::uint64_t number, std::size_t bytes);

/// Makes a buffer ready to be granted to a file system or driver. Errors: fault, absent.
Status prepare_buffer(Call &call, VirtAddr address, std::uint64_t bytes, sys::RangeAccess access);

/// The path at `address`. Errors: fault, absent, name_too_long.
Status copy_path(Call &call, VirtAddr address, PathText &path);

/// copy_out that may wait for VM.
sef::Async<Status> deliver(Ref<Call> call, VirtAddr to, const void *from, std::uint64_t bytes);
/// Asks VM for what call.absent names. Errors: fault, io, no_memory.
sef::Async<Status> bring_in(Ref<Call> call);

}  // namespace axo::vfs
