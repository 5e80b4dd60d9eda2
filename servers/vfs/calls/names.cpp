// unlink, unlinkat, rmdir, link, linkat, symlink, symlinkat, readlink, readlinkat, mknod, mknodat.
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/path/name_change.hpp"

namespace axo::vfs {
namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);

enum class Removes : std::uint32_t { file, directory };

Status check_removal(const Place &place, Removes removes) {
    if (place.name.empty()) return removes == Removes::directory ? Error::busy : Error::is_directory;
    if (is_dot(place.name)) return removes == Removes::directory ? Error::invalid : Error::is_directory;
    if (is_dot_dot(place.name)) return removes == Removes::directory ? Error::not_empty : Error::is_directory;
    return {};
}

sef::Async<Outcome> remove(Vfs &vfs, Ref<Call> call, std::uint64_t start, VirtAddr address, Removes removes) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto placing = place_for_change(vfs, call, start, address, path.get());
    auto place = co_await placing;
    if (!place) co_return place.error();
    if (const Status named = check_removal(*place, removes); !named) co_return named.error();
    const Vnode &directory = *place->directory;
    const Status allowed = may_change(*call, place->directory);
    if (!allowed || (removes == Removes::file && place->trailing_slash)) {
        // What is not there can not be refused.
        auto looking = look_up(vfs, call, place->directory, place->name);
        auto found = co_await looking;
        if (!found) co_return found.error();
        if (!allowed) co_return allowed.error();
        co_return abi::is_directory((*found)->mode) ? Error::is_directory : Error::not_directory;
    }
    auto name = grant_text(directory.server(), place->name);
    if (!name) co_return Error::no_memory;
    const fs::Unlink request{
        .directory = directory.inode,
        .name = name->id(),
        .name_bytes = static_cast<std::uint32_t>(place->name.size()),
        .directory_only = removes == Removes::directory ? 1u : 0u,
        .sticky_uid = sticky_uid(*call, directory),
    };
    const NamesChange change(*directory.file_system);
    const auto answer = co_await sef::request(directory.server(), request);
    names_changed(*directory.file_system, answer);
    vfs.state.vnodes.names().remove(directory, place->name);
    if (!answer) co_return error_for_user(*call, answer.error());
    vfs.state.vnodes.unlinked(*directory.file_system, answer->inode, answer->links_left);
    co_return 0;
}

/// The file that linkat names, which may be the descriptor's own.
sef::Async<Result<Path>> find_existing(Vfs &vfs, Ref<Call> call, std::uint64_t from, VirtAddr address, LastLink last,
                                       bool empty_path) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    if (const Status copied = copy_path(*call, address, *path); !copied) co_return copied.error();
    if (path->empty() && empty_path) {
        auto file = file_of(*call, from);
        if (!file) co_return file.error();
        co_return (*file)->path();
    }
    auto start = start_of(*call, from, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path.get(), last);
    co_return co_await walking;
}

sef::Async<Outcome> link(Vfs &vfs, Ref<Call> call, std::uint64_t from, VirtAddr old_path, std::uint64_t to,
                         VirtAddr new_path, LastLink last, bool empty_path) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto start = begin_path(*call, to, new_path, *path);
    auto finding = find_existing(vfs, call, from, old_path, last, empty_path);
    auto found = co_await finding;
    if (!found) co_return found.error();
    const Path existing = std::move(*found);
    if (!start) co_return start.error();
    auto placing = walk_parent(vfs, call, std::move(*start), path.get());
    auto place = co_await placing;
    if (!place) co_return place.error();
    const Vnode &directory = *place->directory;
    if (const Status named = must_be_a_name(*place, Error::exists); !named) co_return named.error();
    if (existing.mount != place->directory.mount) co_return Error::cross_device;
    if (abi::is_directory(existing->mode)) co_return Error::not_permitted;
    if (const Status allowed = may_change(*call, place->directory); !allowed) co_return allowed.error();
    auto name = grant_text(directory.server(), place->name);
    if (!name) co_return Error::no_memory;
    const fs::Link request{existing->inode, directory.inode, name->id(),
                           static_cast<std::uint32_t>(place->name.size())};
    const NamesChange change(*directory.file_system);
    const auto answer = co_await sef::request(directory.server(), request);
    names_changed(*directory.file_system, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    ++existing->links;
    co_return 0;
}

sef::Async<Outcome> make_link(Vfs &vfs, Ref<Call> call, VirtAddr target_path, std::uint64_t start, VirtAddr new_path) {
    PathLease target(vfs.state.paths), path(vfs.state.paths);
    if (!target || !path) co_return Error::no_memory;
    if (const Status copied = copy_path(*call, target_path, *target); !copied) co_return copied.error();
    if (target->empty()) co_return Error::no_entry;
    auto placing = place_for_change(vfs, call, start, new_path, path.get());
    auto place = co_await placing;
    if (!place) co_return place.error();
    const Vnode &directory = *place->directory;
    if (const Status named = must_be_a_name(*place, Error::exists); !named) co_return named.error();
    if (const Status allowed = may_change(*call, place->directory); !allowed) co_return allowed.error();
    auto name = grant_text(directory.server(), place->name);
    auto text = grant_text(directory.server(), target->rest());
    if (!name || !text) co_return Error::no_memory;
    const Ownership owner = made_in(call->credentials(), directory.ownership(), abi::mode_link | 0777);
    const fs::MakeSymbolicLink request{
        .directory = directory.inode,
        .name = name->id(),
        .name_bytes = static_cast<std::uint32_t>(place->name.size()),
        .target = text->id(),
        .target_bytes = static_cast<std::uint32_t>(target->rest().size()),
        .uid = owner.uid,
        .gid = owner.gid,
    };
    const NamesChange change(*directory.file_system);
    const auto answer = co_await sef::request(directory.server(), request);
    names_changed(*directory.file_system, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    co_return 0;
}

sef::Async<Outcome> read_target(Vfs &vfs, Ref<Call> call, std::uint64_t start_at, VirtAddr address, VirtAddr to,
                                std::uint64_t bytes) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto start = begin_path(*call, start_at, address, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path.get(), LastLink::keep);
    auto found = co_await walking;
    if (!found) co_return found.error();
    Vnode &vnode = **found;
    if (!abi::is_link(vnode.mode)) co_return Error::invalid;
    if (!vnode.target_known()) {
        auto reading = read_link(call, found->vnode);
        const Status read = co_await reading;
        if (!read) co_return read.error();
    }
    if (call->exited()) co_return Error::no_process;
    if (bytes > vnode.link_target.size()) bytes = vnode.link_target.size();
    const Status copied = copy_out(*call, to, vnode.link_target.c_str(), bytes);
    if (!copied) co_return copied.error();
    co_return static_cast<std::int64_t>(bytes);
}

bool is_device(std::uint32_t mode) { return abi::is_character(mode) || abi::is_block(mode); }

Status check_node(std::uint32_t mode) {
    switch (mode & abi::mode_format) {
        case 0:
        case abi::mode_regular:
        case abi::mode_fifo:
        case abi::mode_socket:
        case abi::mode_character:
        case abi::mode_block: return {};
        case abi::mode_directory: return Error::not_permitted;
        default: return Error::invalid;
    }
}

sef::Async<Outcome> make_node(Vfs &vfs, Ref<Call> call, std::uint64_t start, VirtAddr address, std::uint32_t mode,
                              std::uint32_t special) {
    if (const Status possible = check_node(mode); !possible) co_return possible.error();
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto placing = place_for_change(vfs, call, start, address, path.get());
    auto place = co_await placing;
    if (!place) co_return place.error();
    const Vnode &directory = *place->directory;
    if (const Status named = must_be_a_name(*place, Error::exists); !named) co_return named.error();
    if (place->trailing_slash) co_return Error::no_entry;
    if (const Status allowed = may_change(*call, place->directory); !allowed) co_return allowed.error();
    if (is_device(mode) && !call->credentials().is_root()) co_return Error::not_permitted;
    auto name = grant_text(directory.server(), place->name);
    if (!name) co_return Error::no_memory;
    const std::uint32_t format = (mode & abi::mode_format) == 0 ? abi::mode_regular : mode & abi::mode_format;
    const std::uint32_t wanted = (mode & abi::permission_bits & ~call->files().umask) | format;
    const Ownership owner = made_in(call->credentials(), directory.ownership(), wanted);
    const fs::Create request{
        .directory = directory.inode,
        .name = name->id(),
        .name_bytes = static_cast<std::uint32_t>(place->name.size()),
        .mode = owner.mode,
        .uid = owner.uid,
        .gid = owner.gid,
        .device = is_device(format) ? special : 0,
    };
    const NamesChange change(*directory.file_system);
    const Moment asked = Moment::of(directory);
    const auto answer = co_await sef::request(directory.server(), request);
    const bool undisturbed = Moment::of(directory) == asked;
    names_changed(*directory.file_system, answer);
    if (!answer) co_return error_for_user(*call, answer.error());
    auto made =
        vfs.state.vnodes.adopt(*directory.file_system, *answer, undisturbed ? News::current : News::perhaps_old);
    static_cast<void>(made);
    co_return 0;
}

std::uint32_t word(const Call &call, unsigned index) { return static_cast<std::uint32_t>(call.argument(index)); }

}  // namespace

Outcome call_unlink(Vfs &vfs, Call &call) {
    return vfs.drive(call, remove(vfs, Ref<Call>(&call), here, call.address(0), Removes::file));
}

Outcome call_rmdir(Vfs &vfs, Call &call) {
    return vfs.drive(call, remove(vfs, Ref<Call>(&call), here, call.address(0), Removes::directory));
}

Outcome call_unlinkat(Vfs &vfs, Call &call) {
    const std::uint32_t flags = word(call, 2);
    if ((flags & ~abi::at_remove_directory) != 0) return Error::invalid;
    const Removes removes = flags != 0 ? Removes::directory : Removes::file;
    return vfs.drive(call, remove(vfs, Ref<Call>(&call), call.argument(0), call.address(1), removes));
}

Outcome call_link(Vfs &vfs, Call &call) {
    return vfs.drive(call,
                     link(vfs, Ref<Call>(&call), here, call.address(0), here, call.address(1), LastLink::keep, false));
}

Outcome call_linkat(Vfs &vfs, Call &call) {
    const std::uint32_t flags = word(call, 4);
    if ((flags & ~(abi::at_symlink_follow | abi::at_empty_path)) != 0) return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_follow) != 0 ? LastLink::follow : LastLink::keep;
    return vfs.drive(call, link(vfs, Ref<Call>(&call), call.argument(0), call.address(1), call.argument(2),
                                call.address(3), last, (flags & abi::at_empty_path) != 0));
}

Outcome call_symlink(Vfs &vfs, Call &call) {
    return vfs.drive(call, make_link(vfs, Ref<Call>(&call), call.address(0), here, call.address(1)));
}

Outcome call_symlinkat(Vfs &vfs, Call &call) {
    const std::uint64_t start = call.argument(1);
    return vfs.drive(call, make_link(vfs, Ref<Call>(&call), call.address(0), start, call.address(2)));
}

Outcome call_readlink(Vfs &vfs, Call &call) {
    const auto bytes = static_cast<std::int32_t>(call.argument(2));
    if (bytes <= 0) return Error::invalid;
    return vfs.drive(call, read_target(vfs, Ref<Call>(&call), here, call.address(0), call.address(1),
                                       static_cast<std::uint64_t>(bytes)));
}

Outcome call_readlinkat(Vfs &vfs, Call &call) {
    const auto bytes = static_cast<std::int32_t>(call.argument(3));
    if (bytes <= 0) return Error::invalid;
    return vfs.drive(call, read_target(vfs, Ref<Call>(&call), call.argument(0), call.address(1), call.address(2),
                                       static_cast<std::uint64_t>(bytes)));
}

Outcome call_mknod(Vfs &vfs, Call &call) {
    return vfs.drive(call, make_node(vfs, Ref<Call>(&call), here, call.address(0), word(call, 1), word(call, 2)));
}

Outcome call_mknodat(Vfs &vfs, Call &call) {
    return vfs.drive(call,
                     make_node(vfs, Ref<Call>(&call), call.argument(0), call.address(1), word(call, 2), word(call, 3)));
}

}  // namespace axo::vfs
