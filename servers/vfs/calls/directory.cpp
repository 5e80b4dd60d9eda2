// getdents64, mkdir, mkdirat, rmdir, chdir, fchdir, chroot.
#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/path/name_change.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);

sef::Async<Outcome> make_directory(Vfs &vfs, Ref<Call> call, std::uint64_t start_at, VirtAddr address,
                                   std::uint32_t mode) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto placing = place_for_change(vfs, call, start_at, address, path.get());
    auto place = co_await placing;
    if (!place) co_return place.error();
    if (const Status named = must_be_a_name(*place, Error::exists); !named) co_return named.error();
    if (const Status allowed = may_change(*call, place->directory); !allowed) {
        auto looking = look_up(vfs, call, place->directory, place->name);
        auto found = co_await looking;
        co_return found ? Error::exists : allowed.error();
    }
    const Vnode &directory = *place->directory;
    auto name = grant_text(directory.server(), place->name);
    if (!name) co_return Error::no_memory;
    const std::uint32_t kept = mode & 01777 & ~call->files().umask;
    const Ownership owner = made_directory(call->credentials(), directory.ownership(), kept);
    const fs::MakeDirectory request{
        .directory = directory.inode,
        .name = name->id(),
        .name_bytes = static_cast<std::uint32_t>(place->name.size()),
        .mode = owner.mode,
        .uid = owner.uid,
        .gid = owner.gid,
        .reserved = 0,
    };
    const NamesChange change(*directory.file_system);
    const Moment asked = Moment::of(directory);
    const auto answer = co_await sef::request(directory.server(), request);
    const bool undisturbed = Moment::of(directory) == asked;
    names_changed(*directory.file_system, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    // The answer holds the inode; a vnode that nobody uses gives it back.
    auto made =
        vfs.state.vnodes.adopt(*directory.file_system, *answer, undisturbed ? News::current : News::perhaps_old);
    static_cast<void>(made);
    co_return 0;
}

enum class Becomes : std::uint32_t { current, root };

Outcome settle_directory(Call &call, Path path, Becomes becomes) {
    if (!abi::is_directory(path->mode)) return Error::not_directory;
    if (!permits(call.credentials(), path->ownership(), want::execute)) return Error::access;
    if (becomes == Becomes::root) {
        call.files().root = std::move(path);
    } else {
        call.files().current = std::move(path);
    }
    return 0;
}

sef::Async<Outcome> change_directory(Vfs &vfs, Ref<Call> call, Becomes becomes) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto start = begin_path(*call, here, call->address(0), *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path.get(), LastLink::follow);
    auto found = co_await walking;
    if (!found) co_return found.error();
    co_return settle_directory(*call, std::move(*found), becomes);
}

}  // namespace

Outcome call_getdents64(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    return operations_of(*file).list(vfs, call, *file);
}

Outcome call_mkdir(Vfs &vfs, Call &call) {
    const auto mode = static_cast<std::uint32_t>(call.argument(1));
    return vfs.drive(call, make_directory(vfs, Ref<Call>(&call), here, call.address(0), mode));
}

Outcome call_mkdirat(Vfs &vfs, Call &call) {
    const auto mode = static_cast<std::uint32_t>(call.argument(2));
    const std::uint64_t start = call.argument(0);
    return vfs.drive(call, make_directory(vfs, Ref<Call>(&call), start, call.address(1), mode));
}

Outcome call_chdir(Vfs &vfs, Call &call) {
    return vfs.drive(call, change_directory(vfs, Ref<Call>(&call), Becomes::current));
}

Outcome call_fchdir(Vfs &, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    return settle_directory(call, file->path(), Becomes::current);
}

Outcome call_chroot(Vfs &vfs, Call &call) {
    if (!call.credentials().is_root()) return Error::not_permitted;
    return vfs.drive(call, change_directory(vfs, Ref<Call>(&call), Becomes::root));
}

}  // namespace axo::vfs
