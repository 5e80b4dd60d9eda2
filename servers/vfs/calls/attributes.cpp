// chmod, fchmod, fchmodat, chown, lchown, fchown, fchownat, truncate, ftruncate.
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/file/file_io.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);
constexpr std::uint32_t unchanged = ~0u;

sef::Async<Outcome> set_mode(Ref<Call> call, Path path, std::uint32_t mode) {
    if (!owns(call->credentials(), path->ownership())) co_return Error::not_permitted;
    const std::uint32_t kept = mode_after_chmod(call->credentials(), path->ownership(), mode);
    if (path.mount) {
        if (path.mount->read_only()) co_return Error::read_only;
        const fs::ChangeMode request{path->inode, kept, 0};
        const auto answer = co_await sef::request(path->server(), request);
        node_changed(*path, answer);
        if (!answer) co_return error_for_user(*call, answer.error());
    }
    path->mode = (path->mode & abi::mode_format) | kept;
    co_return 0;
}

/// An owner who is not root may give a file to another of its own groups, and nothing else.
bool may_give(const Credentials &who, const Vnode &vnode, std::uint32_t uid, std::uint32_t gid) {
    if (who.is_root()) return true;
    if (who.uid != vnode.uid) return false;
    return (uid == unchanged || uid == vnode.uid) && (gid == unchanged || gid == vnode.gid || who.in_group(gid));
}

sef::Async<Outcome> set_owner(Ref<Call> call, Path path, std::uint32_t uid, std::uint32_t gid) {
    if (!may_give(call->credentials(), *path, uid, gid)) co_return Error::not_permitted;
    const bool clear = abi::is_regular(path->mode) && mode_without_set_id(path->mode) != path->mode;
    if (path.mount) {
        if (path.mount->read_only()) co_return Error::read_only;
        const fs::ChangeOwner request{path->inode, uid, gid, clear ? 1u : 0u, 0};
        const auto answer = co_await sef::request(path->server(), request);
        node_changed(*path, answer);
        if (!answer) co_return error_for_user(*call, answer.error());
    }
    if (clear) path->mode = mode_without_set_id(path->mode);
    if (uid != unchanged) path->uid = uid;
    if (gid != unchanged) path->gid = gid;
    co_return 0;
}

sef::Async<Outcome> set_size(Vfs &vfs, Ref<Call> call, Ref<Vnode> vnode, std::uint64_t size) {
    auto truncating = truncate_file(vfs, call, std::move(vnode), size);
    const Status truncated = co_await truncating;
    if (!truncated) co_return truncated.error();
    co_return 0;
}

struct Change {
    enum class What : std::uint32_t { mode, owner, size } what;
    std::uint32_t mode_or_uid, gid;
    std::uint64_t size;
};

sef::Async<Outcome> change_path(Vfs &vfs, Ref<Call> call, std::uint64_t start_at, VirtAddr address, LastLink last,
                                Change change) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto start = begin_path(*call, start_at, address, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path.get(), last);
    auto found = co_await walking;
    if (!found) co_return found.error();
    Vnode &vnode = **found;
    if (change.what == Change::What::mode) {
        auto setting = set_mode(call, *found, change.mode_or_uid);
        co_return co_await setting;
    }
    if (change.what == Change::What::owner) {
        auto setting = set_owner(call, *found, change.mode_or_uid, change.gid);
        co_return co_await setting;
    }
    if (abi::is_directory(vnode.mode)) co_return Error::is_directory;
    if (!abi::is_regular(vnode.mode)) co_return Error::invalid;
    if (!permits(call->credentials(), vnode.ownership(), want::write)) co_return Error::access;
    if (found->mount->read_only()) co_return Error::read_only;
    auto setting = set_size(vfs, call, found->vnode, change.size);
    co_return co_await setting;
}

std::uint32_t word(const Call &call, unsigned index) { return static_cast<std::uint32_t>(call.argument(index)); }

Change mode_change(std::uint32_t mode) { return {Change::What::mode, mode, 0, 0}; }
Change owner_change(std::uint32_t uid, std::uint32_t gid) { return {Change::What::owner, uid, gid, 0}; }

Outcome change(Vfs &vfs, Call &call, std::uint64_t start, VirtAddr path, LastLink last, Change what) {
    return vfs.drive(call, change_path(vfs, Ref<Call>(&call), start, path, last, what));
}

}  // namespace

Outcome call_chmod(Vfs &vfs, Call &call) {
    return change(vfs, call, here, call.address(0), LastLink::follow, mode_change(word(call, 1)));
}

Outcome call_fchmodat(Vfs &vfs, Call &call) {
    return change(vfs, call, call.argument(0), call.address(1), LastLink::follow, mode_change(word(call, 2)));
}

Outcome call_fchmod(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    return vfs.drive(call, set_mode(Ref<Call>(&call), file->path(), word(call, 1)));
}

Outcome call_chown(Vfs &vfs, Call &call) {
    return change(vfs, call, here, call.address(0), LastLink::follow, owner_change(word(call, 1), word(call, 2)));
}

Outcome call_lchown(Vfs &vfs, Call &call) {
    return change(vfs, call, here, call.address(0), LastLink::keep, owner_change(word(call, 1), word(call, 2)));
}

Outcome call_fchown(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    return vfs.drive(call, set_owner(Ref<Call>(&call), file->path(), word(call, 1), word(call, 2)));
}

Outcome call_fchownat(Vfs &vfs, Call &call) {
    const std::uint32_t flags = word(call, 4);
    if ((flags & ~abi::at_symlink_no_follow) != 0) return Error::invalid;
    const LastLink last = flags != 0 ? LastLink::keep : LastLink::follow;
    return change(vfs, call, call.argument(0), call.address(1), last, owner_change(word(call, 2), word(call, 3)));
}

Outcome call_truncate(Vfs &vfs, Call &call) {
    const std::uint64_t size = call.argument(1);
    if (size > abi::file_size_max) return Error::invalid;
    return change(vfs, call, here, call.address(0), LastLink::follow, {Change::What::size, 0, 0, size});
}

Outcome call_ftruncate(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    const std::uint64_t size = call.argument(1);
    if (size > abi::file_size_max || !file->writable()) return Error::invalid;
    return operations_of(*file).resize(vfs, call, *file, size);
}

}  // namespace axo::vfs
