// Records in the memory of the user program that gave a command.
#pragma once

#include "axo/types.hpp"
#include "lib/sef/coroutine.hpp"

namespace axo::rs {

/// Copies a record of exactly `bytes` bytes. Errors: invalid (the user means another size), fault.
sef::Async<Status> read_record(Endpoint process, VirtAddr from, std::uint64_t given, void *to, std::uint64_t bytes);
/// Errors: fault.
sef::Async<Status> write_answer(Endpoint process, VirtAddr to, const void *from, std::uint64_t bytes);

}  // namespace axo::rs
