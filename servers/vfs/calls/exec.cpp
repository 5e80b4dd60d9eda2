// execve, execveat.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/exec/work.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);

/// Copies one string into the room of `strings`; returns its length with NUL.
/// Errors: too_big, fault, absent.
Result<std::size_t> copy_string(Call &call, VirtAddr address, ArgumentBlock &strings) {
    const std::span<char> room = strings.room();
    std::uint64_t wanted = 64;
    for (std::size_t have = 0; have < room.size();) {
        const VirtAddr from = address.offset(have);
        std::uint64_t bytes = page_size - from.value % page_size;
        if (bytes > wanted) bytes = wanted;
        if (bytes > room.size() - have) bytes = room.size() - have;
        TRY(copy_in(call, from, room.data() + have, bytes));
        const std::size_t end = std::string_view(room.data() + have, bytes).find('\0');
        if (end != std::string_view::npos) return have + end + 1;
        have += bytes;
        wanted = page_size;
    }
    return Error::too_big;
}

/// Copies a NULL-terminated array of strings.
Status copy_strings(Call &call, VirtAddr array, ArgumentBlock &strings, Status (ArgumentBlock::*accept)(std::size_t)) {
    if (array.value == 0) return {};  // Linux takes a null pointer for an empty array
    static constexpr std::size_t batch = 16;
    for (VirtAddr at = array;;) {
        std::uint64_t pointers[batch];
        std::uint64_t count = (page_size - at.value % page_size) / sizeof(std::uint64_t);
        if (count == 0) count = 1;  // it lies across a page border
        if (count > batch) count = batch;
        TRY(copy_in(call, at, pointers, count * sizeof(std::uint64_t)));
        for (std::uint64_t i = 0; i < count; ++i) {
            if (pointers[i] == 0) return {};
            const std::size_t bytes = TRY(copy_string(call, VirtAddr{pointers[i]}, strings));
            TRY((strings.*accept)(bytes));
        }
        at = at.offset(count * sizeof(std::uint64_t));
    }
}

struct ExecArguments {
    std::uint64_t start;
    VirtAddr path, arguments, environment;
};

sef::Async<Outcome> exec(Vfs &vfs, Ref<Call> call, ExecArguments wanted) {
    PathLease path(vfs.state.paths);
    ScratchBuffer storage(exec_strings_max);
    if (!path || !storage) co_return Error::no_memory;
    auto start = begin_path(*call, wanted.start, wanted.path, *path);
    if (!start) co_return start.error();
    ArgumentBlock strings(storage.text());
    if (const Status copied = copy_strings(*call, wanted.arguments, strings, &ArgumentBlock::accept_argument);
        !copied) {
        co_return copied.error();
    }
    if (const Status copied = copy_strings(*call, wanted.environment, strings, &ArgumentBlock::accept_environment);
        !copied) {
        co_return copied.error();
    }
    auto running = run_program(vfs, call, std::move(*start), path.get(), &strings);
    const Status result = co_await running;
    if (!result) co_return result.error() == Error::absent ? Error::io : result.error();
    vfs.end(*call);
    co_return answered_later;
}

}  // namespace

Outcome call_execve(Vfs &vfs, Call &call) {
    const ExecArguments arguments{here, call.address(0), call.address(1), call.address(2)};
    return vfs.drive(call, exec(vfs, Ref<Call>(&call), arguments));
}

Outcome call_execveat(Vfs &vfs, Call &call) {
    if (call.argument(4) != 0) return Error::invalid;  // AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW are not there
    const ExecArguments arguments{call.argument(0), call.address(1), call.address(2), call.address(3)};
    return vfs.drive(call, exec(vfs, Ref<Call>(&call), arguments));
}

}  // namespace axo::vfs
