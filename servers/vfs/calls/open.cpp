// open, openat, creat.
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/open_node.hpp"
#include "servers/vfs/file/operations.hpp"
#include "servers/vfs/mount/file_request.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

struct OpenArguments {
    std::uint64_t start;
    VirtAddr path;
    std::uint32_t flags, mode;
};

struct Opened {
    Path path;
    bool created;
};

OpenArguments arguments_of(const Call &call) {
    static constexpr unsigned open = 2, creat = 85;
    static constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);
    const auto word = [&call](unsigned i) { return static_cast<std::uint32_t>(call.argument(i)); };
    if (call.number() == open) return {here, call.address(0), word(1), word(2)};
    if (call.number() == creat) {
        return {here, call.address(0), abi::open_create | abi::open_write_only | abi::open_truncate, word(1)};
    }
    return {call.argument(0), call.address(1), word(2), word(3)};
}

/// Makes `name` in the directory. Errors: exists, access, read_only, no_space, ...
sef::Async<Result<Path>> create_file(Vfs &vfs, Ref<Call> call, Path directory, std::string_view name,
                                     std::uint32_t mode) {
    const Credentials &who = call->credentials();
    if (directory.mount->read_only()) co_return Error::read_only;
    if (!permits(who, directory->ownership(), want::write | want::execute)) co_return Error::access;
    auto name_grant = grant_text(directory->server(), name);
    if (!name_grant) co_return Error::no_memory;
    const std::uint32_t wanted = (mode & abi::permission_bits & ~call->files().umask) | abi::mode_regular;
    const Ownership owner = made_in(who, directory->ownership(), wanted);
    const fs::Create request{
        .directory = directory->inode,
        .name = name_grant->id(),
        .name_bytes = static_cast<std::uint32_t>(name.size()),
        .mode = owner.mode,
        .uid = owner.uid,
        .gid = owner.gid,
        .device = 0,
    };
    const Moment asked = Moment::of(*directory);
    const NamesChange change(*directory->file_system);
    const auto answer = co_await sef::request(directory->server(), request);
    const bool undisturbed = Moment::of(*directory) == asked;
    names_changed(*directory->file_system, answer);
    if (!answer) co_return answer.error();
    auto made =
        vfs.state.vnodes.adopt(*directory->file_system, *answer, undisturbed ? News::current : News::perhaps_old);
    if (!made) co_return made.error();
    if (undisturbed) remember_name(vfs, *directory, name, **made);
    directory.vnode = std::move(*made);
    co_return directory;
}

/// O_CREAT: the file at `path`, made if it is not there. The name's own links are followed unless
/// the flags forbid it.
sef::Async<Result<Opened>> find_or_create(Vfs &vfs, Ref<Call> call, Path start, PathText *path, std::uint32_t flags,
                                          std::uint32_t mode) {
    static constexpr unsigned races_max = 64;
    for (unsigned links = 0, races = 0; links <= abi::links_max && races < races_max;) {
        auto walking = walk_parent(vfs, call, start, path);
        auto place = co_await walking;
        if (!place) co_return place.error();
        const bool exclusive = (flags & abi::open_exclusive) != 0;
        if (place->name.empty() || is_dot(place->name) || is_dot_dot(place->name)) {
            co_return exclusive ? Error::exists : Error::is_directory;
        }
        if (place->trailing_slash) co_return Error::is_directory;

        Error refused = Error::exists;
        const Result<Vnode *> known = known_name(vfs, *call, *place->directory, place->name);
        if (!known || *known == nullptr) {
            auto creating = create_file(vfs, call, place->directory, place->name, mode);
            auto made = co_await creating;
            if (made) co_return Opened{std::move(*made), true};
            refused = made.error();
        }
        if (refused != Error::exists && refused != Error::access && refused != Error::read_only) co_return refused;
        auto looking = look_up(vfs, call, place->directory, place->name);
        auto found = co_await looking;
        if (!found && found.error() == Error::no_entry && refused == Error::exists) {
            ++races;  // it was there and is gone: as if it never had been
            continue;
        }
        if (!found) co_return found.error() == Error::no_entry ? refused : found.error();
        if (exclusive) co_return Error::exists;
        if (!abi::is_link((*found)->mode)) co_return Opened{std::move(*found), false};
        if ((flags & abi::open_no_follow) != 0) co_return Error::loop;

        auto reading = read_link(call, found->vnode);
        const Status read = co_await reading;
        if (!read) co_return read.error();
        start = place->directory;
        const Status assigned = path->assign((*found)->link_target);
        if (!assigned) co_return assigned.error();
        ++links;
    }
    co_return Error::loop;
}

sef::Async<Result<Opened>> find(Vfs &vfs, Ref<Call> call, Path start, PathText *path, std::uint32_t flags) {
    const LastLink last = (flags & abi::open_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    auto walking = walk(vfs, call, std::move(start), path, last);
    auto found = co_await walking;
    if (!found) co_return found.error();
    co_return Opened{std::move(*found), false};
}

/// May the process open what it found like this?
Status check(const Call &call, const Opened &opened, std::uint32_t flags) {
    const Vnode &vnode = *opened.path;
    if ((flags & abi::open_directory) != 0 && !abi::is_directory(vnode.mode)) return Error::not_directory;
    if ((flags & abi::open_path) != 0) return {};
    if (abi::is_link(vnode.mode)) return Error::loop;
    if ((flags & abi::open_create) != 0 && abi::is_directory(vnode.mode)) return Error::is_directory;
    if ((flags & abi::open_no_atime) != 0 && !owns(call.credentials(), vnode.ownership())) return Error::not_permitted;
    if (opened.created) return {};
    const std::uint32_t wanted = wanted_by_flags(flags);
    if (abi::is_directory(vnode.mode) && (wanted & want::write) != 0) return Error::is_directory;
    if (!permits(call.credentials(), vnode.ownership(), wanted)) return Error::access;
    return {};
}

Outcome install(Call &call, Ref<OpenFile> file, std::uint32_t flags) {
    const std::uint32_t descriptor =
        TRY(call.descriptors()->install(std::move(file), (flags & abi::open_close_exec) != 0));
    return static_cast<std::int64_t>(descriptor);
}

/// The file is open; its descriptor comes when the kind of file says so, perhaps after the call was issued again.
Outcome finish(Vfs &vfs, Call &call, std::uint32_t flags) {
    if (const auto opened = operations_of(*call.file).opened) TRY(opened(vfs, call, *call.file));
    return install(call, call.file, flags);
}

sef::Async<Outcome> open_path(Vfs &vfs, Ref<Call> call, OpenArguments arguments) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto start = begin_path(*call, arguments.start, arguments.path, *path);
    if (!start) co_return start.error();
    Result<Opened> opened = Error::no_entry;
    if ((arguments.flags & abi::open_create) != 0) {
        auto creating = find_or_create(vfs, call, std::move(*start), path.get(), arguments.flags, arguments.mode);
        opened = co_await creating;
    } else {
        auto finding = find(vfs, call, std::move(*start), path.get(), arguments.flags);
        opened = co_await finding;
    }
    if (!opened) co_return opened.error();
    if (const Status allowed = check(*call, *opened, arguments.flags); !allowed) co_return allowed.error();
    // A file that was just made is empty, and its mode must not hinder its maker.
    const std::uint32_t flags = opened->created ? arguments.flags & ~abi::open_truncate : arguments.flags;
    auto opening = open_node(vfs, call, opened->path, flags);
    auto file = co_await opening;
    if (!file) co_return file.error();
    if (call->exited()) co_return Error::no_process;
    call->file = std::move(*file);
    co_return finish(vfs, *call, arguments.flags);
}

/// Opens what no file system or driver need be asked about; answered_later: somebody must be.
Outcome open_known(Vfs &vfs, Call &call, const OpenArguments &arguments) {
    if ((arguments.flags & (abi::open_create | abi::open_path)) != 0) return answered_later;
    PathLease path(vfs.state.paths);
    if (!path || !copy_path(call, arguments.path, *path) || path->empty()) return answered_later;
    const auto start = start_of(call, arguments.start, *path);
    if (!start) return answered_later;
    const LastLink last = (arguments.flags & abi::open_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const KnownPath known = walk_known(vfs, call, *start, path->rest(), last);
    if (known.vnode == nullptr || !opens_at_once(*known.vnode, arguments.flags)) return answered_later;
    Opened opened{{Ref<Mount>(known.mount), vfs.state.vnodes.use(*known.vnode)}, false};
    TRY(check(call, opened, arguments.flags));
    return install(call, TRY(open_at_once(vfs, std::move(opened.path), arguments.flags)), arguments.flags);
}

}  // namespace

Outcome call_open(Vfs &vfs, Call &call) {
    OpenArguments arguments = arguments_of(call);
    if (call.file) return finish(vfs, call, arguments.flags);
    if ((arguments.flags & abi::open_path) != 0) {
        arguments.flags &= abi::open_path | abi::open_directory | abi::open_no_follow | abi::open_close_exec;
    }
    if ((arguments.flags & abi::open_access) == abi::open_access) return Error::invalid;
    if ((arguments.flags & abi::open_temporary) == abi::open_temporary) return Error::not_supported;
    if ((arguments.flags & (abi::open_create | abi::open_directory)) == (abi::open_create | abi::open_directory)) {
        return Error::invalid;
    }
    const Outcome at_once = open_known(vfs, call, arguments);
    if (at_once || at_once.error() != answered_later) return at_once;
    return vfs.drive(call, open_path(vfs, Ref<Call>(&call), arguments));
}

}  // namespace axo::vfs
