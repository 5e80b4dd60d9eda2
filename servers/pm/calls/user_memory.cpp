// Copies between PM and user processes.
#include "axo/layout.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

bool is_user_range(std::uint64_t address, std::size_t bytes) {
    return address < layout::user_end && bytes <= layout::user_end - address;
}

/// What a user program may see of a failed copy; `absent` goes through for the dispatcher.
Error copy_error(Error error) { return error == Error::absent ? error : Error::fault; }

}  // namespace

Status Server::from_user(const Process &process, std::uint64_t address, void *to, std::size_t bytes) {
    if (bytes == 0) return {};
    if (!is_user_range(address, bytes)) return Error::fault;
    const Status copied = sys::copy_argument(process.endpoint, VirtAddr{address}, to, bytes);
    if (copied) return copied;
    missing_ = {address, bytes, false};
    return copy_error(copied.error());
}

Status Server::to_user(const Process &process, std::uint64_t address, const void *from, std::size_t bytes) {
    if (bytes == 0) return {};
    if (!is_user_range(address, bytes)) return Error::fault;
    const Status copied = sys::copy_to_process(process.endpoint, VirtAddr{address}, from, bytes);
    if (copied) return copied;
    missing_ = {address, bytes, true};
    return copy_error(copied.error());
}

sef::Async<Status> Server::bring_in(Endpoint process, MissingRange range) {
    vm::MakePresent request{};
    request.process = process;
    request.write = range.write ? 1 : 0;
    request.address = VirtAddr{range.address};
    request.bytes = range.bytes;
    const auto present = co_await sef::request(endpoint::vm, request);
    if (!present) co_return Error::fault;
    co_return Status{};
}

}  // namespace axo::pm
