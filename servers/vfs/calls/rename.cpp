// rename, renameat, renameat2.
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/path/name_change.hpp"

namespace axo::vfs {
namespace {

struct RenameArguments {
    std::uint64_t old_start;
    VirtAddr old_path;
    std::uint64_t new_start;
    VirtAddr new_path;
    bool no_replace;
};

/// The stricter of the two directories' sticky rules.
std::uint32_t sticky_of(const Call &call, const Place &from, const Place &to) {
    const std::uint32_t first = sticky_uid(call, *from.directory), second = sticky_uid(call, *to.directory);
    return first != ~0u ? first : second;
}

sef::Async<Outcome> rename_path(Vfs &vfs, Ref<Call> call, RenameArguments arguments) {
    PathLease old_path(vfs.state.paths), new_path(vfs.state.paths);
    if (!old_path || !new_path) co_return Error::no_memory;
    auto old_start = begin_path(*call, arguments.old_start, arguments.old_path, *old_path);
    if (!old_start) co_return old_start.error();
    auto new_start = begin_path(*call, arguments.new_start, arguments.new_path, *new_path);
    auto placing_old = walk_parent(vfs, call, std::move(*old_start), old_path.get());
    auto from = co_await placing_old;
    if (!from) co_return from.error();
    if (!new_start) co_return new_start.error();
    auto placing_new = walk_parent(vfs, call, std::move(*new_start), new_path.get());
    auto to = co_await placing_new;
    if (!to) co_return to.error();
    if (from->directory.mount != to->directory.mount) co_return Error::cross_device;
    if (const Status named = must_be_a_name(*from, Error::busy); !named) co_return named.error();
    if (const Status named = must_be_a_name(*to, arguments.no_replace ? Error::exists : Error::busy); !named)
        co_return named.error();
    if (const Status allowed = may_change(*call, from->directory); !allowed) co_return allowed.error();
    if (const Status allowed = may_change(*call, to->directory); !allowed) co_return allowed.error();
    if (from->trailing_slash || to->trailing_slash) {
        auto looking = look_up(vfs, call, from->directory, from->name);
        auto found = co_await looking;
        if (!found) co_return found.error();
        if (!abi::is_directory((*found)->mode)) co_return Error::not_directory;
    }
    const Endpoint server = from->directory->server();
    auto old_name = grant_text(server, from->name);
    auto new_name = grant_text(server, to->name);
    if (!old_name || !new_name) co_return Error::no_memory;
    const fs::Rename request{
        .old_directory = from->directory->inode,
        .new_directory = to->directory->inode,
        .old_name = old_name->id(),
        .old_name_bytes = static_cast<std::uint32_t>(from->name.size()),
        .new_name = new_name->id(),
        .new_name_bytes = static_cast<std::uint32_t>(to->name.size()),
        .no_replace = arguments.no_replace ? 1u : 0u,
        .sticky_uid = sticky_of(*call, *from, *to),
    };
    ++vfs.state.renames_begun;
    const NamesChange change(*from->directory->file_system);
    const auto answer = co_await sef::request(server, request);
    ++vfs.state.renames_answered;
    names_changed(*from->directory->file_system, answer);
    vfs.state.vnodes.names().remove(*from->directory, from->name);
    vfs.state.vnodes.names().remove(*to->directory, to->name);
    if (!answer) co_return error_for_user(*call, answer.error());
    if (answer->replaced_inode != 0) {
        const FileSystem &changed = *from->directory->file_system;
        const Vnode *replaced = vfs.state.vnodes.find(changed, answer->replaced_inode);
        if (replaced != nullptr) {
            const bool last = replaced->links <= 1 || abi::is_directory(replaced->mode);
            vfs.state.vnodes.unlinked(changed, answer->replaced_inode, last ? 0 : replaced->links - 1);
        }
    }
    co_return 0;
}

}  // namespace

Outcome call_rename(Vfs &vfs, Call &call) {
    static constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);
    const RenameArguments arguments{here, call.address(0), here, call.address(1), false};
    return vfs.drive(call, rename_path(vfs, Ref<Call>(&call), arguments));
}

Outcome call_renameat(Vfs &vfs, Call &call) {
    const RenameArguments arguments{call.argument(0), call.address(1), call.argument(2), call.address(3), false};
    return vfs.drive(call, rename_path(vfs, Ref<Call>(&call), arguments));
}

Outcome call_renameat2(Vfs &vfs, Call &call) {
    const auto flags = static_cast<std::uint32_t>(call.argument(4));
    if ((flags & ~abi::rename_no_replace) != 0) return Error::invalid;
    const RenameArguments arguments{call.argument(0), call.address(1), call.argument(2), call.address(3), flags != 0};
    return vfs.drive(call, rename_path(vfs, Ref<Call>(&call), arguments));
}

}  // namespace axo::vfs
