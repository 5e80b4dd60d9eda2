// See user_memory.hpp.
#include "servers/vfs/calls/user_memory.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::vfs {
namespace {

Status note_absent(Process &process, const Status &result, VirtAddr address, std::uint64_t bytes, bool write) {
    if (!result && result.error() == Error::absent) process.absent = {address, bytes, write};
    return result;
}

}  // namespace

Status copy_in(Process &process, VirtAddr from, void *to, std::uint64_t bytes) {
    if (bytes == 0) return {};
    const Status copied = sys::copy_from_process(process.endpoint, from, to, bytes);
    return note_absent(process, copied, from, bytes, false);
}

Status copy_out(Process &process, VirtAddr to, const void *from, std::uint64_t bytes) {
    if (bytes == 0) return {};
    const Status copied = sys::copy_to_process(process.endpoint, to, from, bytes);
    return note_absent(process, copied, to, bytes, true);
}

Status prepare_buffer(Process &process, VirtAddr address, std::uint64_t bytes, sys::RangeAccess access) {
    if (bytes == 0) return {};
    const Status checked = sys::check_range(process.endpoint, address, bytes, access);
    return note_absent(process, checked, address, bytes, access == sys::RangeAccess::write);
}

Status copy_path(Process &process, VirtAddr address, PathText &path) {
    // Piece by piece and never over a page border at once: the page after the string may not exist.
    static constexpr std::uint64_t first_piece = 64;
    std::uint64_t wanted = first_piece;
    for (std::size_t have = 0; have < PathText::capacity;) {
        const VirtAddr from = address.offset(have);
        std::uint64_t bytes = page_size - from.value % page_size;
        if (bytes > wanted) bytes = wanted;
        if (bytes > PathText::capacity - have) bytes = PathText::capacity - have;
        if (Status copied = copy_in(process, from, path.buffer() + have, bytes); !copied) return copied;
        const std::string_view piece{path.buffer() + have, bytes};
        const std::size_t end = piece.find('\0');
        if (end != piece.npos) {
            path.set_length(have + end);
            return {};
        }
        have += bytes;
        wanted = page_size;
    }
    return Error::name_too_long;
}

sef::Async<Status> bring_in(Ref<Process> process) {
    const AbsentRange range = process->absent;
    const vm::MakePresent request{process->endpoint, range.write ? 1u : 0u, range.address, range.bytes};
    const auto answer = co_await sef::request(endpoint::vm, request);
    if (!answer) co_return answer.error();
    co_return Status{};
}

sef::Async<Status> deliver(Ref<Process> process, VirtAddr to, const void *from, std::uint64_t bytes) {
    static constexpr unsigned attempts = 8;  // memory may be taken away again before we copy
    for (unsigned i = 0; i < attempts; ++i) {
        if (process->exited) co_return Error::no_process;
        const Status copied = copy_out(*process, to, from, bytes);
        if (copied || copied.error() != Error::absent) co_return copied;
        auto present = bring_in(process);
        const Status brought = co_await present;
        if (!brought) co_return brought;
    }
    co_return Error::fault;
}

}  // namespace axo::vfs
