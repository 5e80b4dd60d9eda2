// getcwd.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/path/directory_path.hpp"

namespace axo::vfs {
namespace {

sef::Async<Outcome> current_path(Vfs &vfs, Ref<Call> call, VirtAddr to, std::uint64_t bytes) {
    ScratchBuffer text(abi::path_max);
    if (!text) co_return Error::no_memory;
    BackwardPath path(text.text());
    auto walking = prepend_directory(vfs, call->files().root, call->files().current, &path);
    const Status walked = co_await walking;
    if (!walked) co_return walked.error();
    const std::uint64_t with_end = path.view().size() + 1;
    if (with_end > bytes) co_return Error::range;
    if (call->exited()) co_return Error::no_process;
    const Status copied = copy_out(*call, to, path.view().data(), with_end);
    if (!copied) co_return copied.error();
    co_return static_cast<std::int64_t>(with_end);
}

}  // namespace

Outcome call_getcwd(Vfs &vfs, Call &call) {
    return vfs.drive(call, current_path(vfs, Ref<Call>(&call), call.address(0), call.argument(1)));
}

}  // namespace axo::vfs
