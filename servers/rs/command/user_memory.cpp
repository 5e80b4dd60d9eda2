// VM makes the user's pages present first: RS can wait for that, the kernel's copy cannot.
#include "servers/rs/command/user_memory.hpp"

#include "axo/vm_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::rs {

sef::Async<Status> read_record(Endpoint process, VirtAddr from, std::uint64_t given, void *to, std::uint64_t bytes) {
    if (given != bytes) co_return Error::invalid;
    const axo::vm::MakePresent present{process, 0, from, bytes};
    const auto made = co_await sef::request(endpoint::vm, present);
    if (!made) co_return made.error();
    co_return sys::copy_from_process(process, from, to, bytes);
}

sef::Async<Status> write_answer(Endpoint process, VirtAddr to, const void *from, std::uint64_t bytes) {
    const axo::vm::MakePresent present{process, 1, to, bytes};
    const auto made = co_await sef::request(endpoint::vm, present);
    if (!made) co_return made.error();
    co_return sys::copy_to_process(process, to, from, bytes);
}

}  // namespace axo::rs
