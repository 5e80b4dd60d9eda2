// See user_memory.hpp.
#include "servers/vfs/calls/user_memory.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::vfs {
namespace {

Status note_absent(Call &call, const Status &result, VirtAddr address, std::uint64_t bytes, bool write) {
    if (!result && result.error() == Error::absent) call.absent = {address, bytes, write};
    return result;
}

}  // namespace

Status copy_in(Call &call, VirtAddr from, void *to, std::uint64_t bytes) {
    if (bytes == 0) return {};
    const Status copied = sys::copy_argument(call.endpoint(), from, to, bytes);
    return note_absent(call, copied, from, bytes, false);
}

Status copy_out(Call &call, VirtAddr to, const void *from, std::uint64_t bytes) {
    if (bytes == 0) return {};
    const Status copied = sys::copy_to_process(call.endpoint(), to, from, bytes);
    return note_absent(call, copied, to, bytes, true);
}

Outcome put_number(Call &call, std::uint64_t number, std::size_t bytes) {
    TRY(copy_out(call, call.address(2), &number, bytes));
    return 0;
}

Status prepare_buffer(Call &call, VirtAddr address, std::uint64_t bytes, sys::RangeAccess access) {
    if (bytes == 0) return {};
    const Status checked = sys::check_range(call.endpoint(), address, bytes, access);
    return note_absent(call, checked, address, bytes, access == sys::RangeAccess::write);
}

Status copy_path(Call &call, VirtAddr address, PathText &path) {
    // Piece by piece and never over a page border at once: the page after the string may not exist.
    static constexpr std::uint64_t first_piece = 64;
    std::uint64_t wanted = first_piece;
    for (std::size_t have = 0; have < PathText::capacity;) {
        const VirtAddr from = address.offset(have);
        std::uint64_t bytes = page_size - from.value % page_size;
        if (bytes > wanted) bytes = wanted;
        if (bytes > PathText::capacity - have) bytes = PathText::capacity - have;
        if (Status copied = copy_in(call, from, path.buffer() + have, bytes); !copied) return copied;
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

sef::Async<Status> bring_in(Ref<Call> call) {
    const AbsentRange range = call->absent;
    const vm::MakePresent request{call->endpoint(), range.write ? 1u : 0u, range.address, range.bytes};
    const auto answer = co_await sef::request(endpoint::vm, request);
    if (!answer) co_return answer.error();
    co_return Status{};
}

sef::Async<Status> deliver(Ref<Call> call, VirtAddr to, const void *from, std::uint64_t bytes) {
    static constexpr unsigned attempts = 8;  // memory may be taken away again before we copy
    for (unsigned i = 0; i < attempts; ++i) {
        if (call->exited()) co_return Error::no_process;
        const Status copied = copy_out(*call, to, from, bytes);
        if (copied || copied.error() != Error::absent) co_return copied;
        auto present = bring_in(call);
        const Status brought = co_await present;
        if (!brought) co_return brought;
    }
    co_return Error::fault;
}

}  // namespace axo::vfs
