// See own_write.hpp.
#include "servers/vfs/file/own_write.hpp"

#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/file/file_io.hpp"

namespace axo::vfs {
namespace {

sef::Async<Outcome> to_file(Ref<Call> call, Ref<OpenFile> file, GrantId buffer, std::uint64_t bytes) {
    Ref<Vnode> vnode = file->vnode;
    const bool append = (file->flags & abi::open_append) != 0;
    const fs::Write request{vnode->id.inode, file->offset, bytes, buffer, append ? 1u : 0u};
    ContentChange change(vnode);
    const auto answer = co_await sef::request(vnode->id.file_system, request);
    change.answered(answer, answer ? answer->size : 0);
    if (!answer) co_return error_for_user(*call, answer.error());
    file->offset = answer->offset_after;
    auto telling = content_changed(vnode, answer->offset_after - answer->bytes, answer->bytes);
    static_cast<void>(co_await telling);
    co_return static_cast<std::int64_t>(answer->bytes);
}

sef::Async<Outcome> to_device(Ref<Call> call, Ref<OpenFile> file, GrantId buffer, std::uint64_t bytes) {
    if (file->stale) co_return Error::io;
    const device::Write request{file->minor, 0, file->offset, bytes, buffer, 0};
    DriverRequest<device::Write> asking(*call, file->driver, request);
    const auto answer = co_await asking;
    if (!answer) co_return error_for_user(*call, answer.error());
    file->offset += answer->bytes;
    co_return static_cast<std::int64_t>(answer->bytes);
}

}  // namespace

sef::Async<Outcome> write_own(Vfs &, Ref<Call> call, Ref<OpenFile> file, const std::byte *data, std::uint64_t bytes) {
    const Endpoint server = file->kind == FileKind::regular ? file->vnode->id.file_system : file->driver;
    auto buffer = sys::Grant::direct(server, data, bytes, sys::Access::read);
    if (!buffer) co_return Error::no_memory;
    if (file->kind == FileKind::regular) {
        auto writing = to_file(call, file, buffer->id(), bytes);
        co_return co_await writing;
    }
    auto writing = to_device(call, file, buffer->id(), bytes);
    co_return co_await writing;
}

}  // namespace axo::vfs
