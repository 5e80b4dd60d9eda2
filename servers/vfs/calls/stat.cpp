// stat, lstat, fstat, newfstatat, statx, statfs, fstatfs, access, faccessat, faccessat2.
#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/stat_io.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {

sef::Async<Status> stat_node(Vfs &, Ref<Vnode> vnode, abi::Stat *out) {
    if (!vnode->file_system) {
        *out = abi::Stat{};
        out->inode = vnode->inode;
        out->mode = vnode->mode;
        out->links = vnode->links;
        out->uid = vnode->uid;
        out->gid = vnode->gid;
        out->block_size = page_size;
        co_return Status{};
    }
    if (attributes_known(*vnode)) {
        *out = vnode->attributes;
        co_return Status{};
    }
    auto buffer = sys::Grant::direct(vnode->server(), out, sizeof *out, sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::Stat request{vnode->inode, buffer->id(), vnode->file_system->device};
    const Moment asked = Moment::of(*vnode);
    const auto answer = co_await sef::request(vnode->server(), request);
    if (!answer) co_return answer.error();
    const bool current = Moment::of(*vnode) == asked && vnode->writing == 0;
    if (current || !vnode->file_system->remembers) {
        vnode->take(*answer);
        vnode->size_known = true;
    }
    remember_attributes(*vnode, asked, *out);
    co_return Status{};
}

namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);

struct Target {
    std::uint64_t start;
    VirtAddr path;
    LastLink last;
    bool empty_path;  // AT_EMPTY_PATH: the descriptor itself
};

/// The vnode an *at call is about.
sef::Async<Result<Path>> find_target(Vfs &vfs, Ref<Call> call, Target target) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    if (const Status copied = copy_path(*call, target.path, *path); !copied) co_return copied.error();
    if (path->empty() && target.empty_path) {
        if (static_cast<std::int32_t>(target.start) == abi::at_cwd) co_return call->files().current;
        auto file = file_of(*call, target.start);
        if (!file) co_return file.error();
        co_return (*file)->path();
    }
    if (path->empty()) co_return Error::no_entry;
    auto start = start_of(*call, target.start, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path.get(), target.last);
    co_return co_await walking;
}

sef::Async<Outcome> answer_stat(Vfs &vfs, Ref<Call> call, Ref<Vnode> vnode, VirtAddr to) {
    abi::Stat content;
    auto stating = stat_node(vfs, std::move(vnode), &content);
    const Status stated = co_await stating;
    if (!stated) co_return stated.error();
    if (call->exited()) co_return Error::no_process;
    const Status copied = copy_out(*call, to, &content, sizeof content);
    if (!copied) co_return copied.error();
    co_return 0;
}

sef::Async<Outcome> stat_path(Vfs &vfs, Ref<Call> call, Target target, VirtAddr to) {
    auto finding = find_target(vfs, call, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    auto answering = answer_stat(vfs, call, std::move(found->vnode), to);
    co_return co_await answering;
}

/// The vnode a path leads to if no file system need be asked for it or for its attributes, else null.
const Vnode *known_target(Vfs &vfs, Call &call, Target target) {
    PathLease path(vfs.state.paths);
    if (!path || !copy_path(call, target.path, *path) || path->empty()) return nullptr;
    const auto start = start_of(call, target.start, *path);
    if (!start) return nullptr;
    const Vnode *found = walk_known(vfs, call, *start, path->rest(), target.last).vnode;
    return found != nullptr && attributes_known(*found) ? found : nullptr;
}

Outcome answer_known(Call &call, const Vnode &vnode, VirtAddr to) {
    TRY(copy_out(call, to, &vnode.attributes, sizeof vnode.attributes));
    return 0;
}

Outcome start_stat(Vfs &vfs, Call &call, Target target, VirtAddr to) {
    if (const Vnode *known = known_target(vfs, call, target)) return answer_known(call, *known, to);
    return vfs.drive(call, stat_path(vfs, Ref<Call>(&call), target, to));
}

abi::StatxTime statx_time(const abi::Timespec &time) {
    return {time.seconds, static_cast<std::uint32_t>(time.nanoseconds), 0};
}

abi::Statx statx_of(const abi::Stat &from) {
    abi::Statx to{};
    to.mask = abi::statx_basic;
    to.block_size = static_cast<std::uint32_t>(from.block_size);
    to.links = static_cast<std::uint32_t>(from.links);
    to.uid = from.uid;
    to.gid = from.gid;
    to.mode = static_cast<std::uint16_t>(from.mode);
    to.inode = from.inode;
    to.size = static_cast<std::uint64_t>(from.size);
    to.blocks = static_cast<std::uint64_t>(from.blocks);
    to.accessed = statx_time(from.accessed);
    to.changed = statx_time(from.changed);
    to.modified = statx_time(from.modified);
    const auto special = static_cast<std::uint32_t>(from.special_device),
               device = static_cast<std::uint32_t>(from.device);
    to.special_major = abi::major_of(special);
    to.special_minor = abi::minor_of(special);
    to.device_major = abi::major_of(device);
    to.device_minor = abi::minor_of(device);
    return to;
}

sef::Async<Outcome> statx_path(Vfs &vfs, Ref<Call> call, Target target, VirtAddr to) {
    auto finding = find_target(vfs, call, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    abi::Stat content;
    auto stating = stat_node(vfs, std::move(found->vnode), &content);
    const Status stated = co_await stating;
    if (!stated) co_return stated.error();
    if (call->exited()) co_return Error::no_process;
    const abi::Statx result = statx_of(content);
    const Status copied = copy_out(*call, to, &result, sizeof result);
    if (!copied) co_return copied.error();
    co_return 0;
}

/// What the mount says besides the file system; the numbers of mount(2) and statfs(2) are the same here.
void add_flags(const Mount &mount, std::byte *at) {
    std::uint64_t flags = 0;
    std::memcpy(&flags, at, sizeof flags);
    flags |= mount_flag::shown_by_statfs(mount.flags) | (mount.read_only() ? mount_flag::read_only : 0);
    std::memcpy(at, &flags, sizeof flags);
}

sef::Async<Outcome> answer_statfs(Ref<Call> call, Path path, VirtAddr to) {
    if (!path.mount) co_return Error::no_syscall;  // a pipe belongs to no file system
    std::array<std::byte, abi::statfs_bytes> content{};
    auto buffer = sys::Grant::direct(path->server(), content.data(), content.size(), sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::FileSystemStat request{buffer->id(), 0};
    const auto answer = co_await sef::request(path->server(), request);
    if (!answer) co_return answer.error();
    if (call->exited()) co_return Error::no_process;
    add_flags(*path.mount, content.data() + abi::statfs_flags_at);
    const Status copied = copy_out(*call, to, content.data(), content.size());
    if (!copied) co_return copied.error();
    co_return 0;
}

sef::Async<Outcome> statfs_path(Vfs &vfs, Ref<Call> call, Target target, VirtAddr to) {
    auto finding = find_target(vfs, call, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    auto answering = answer_statfs(call, std::move(*found), to);
    co_return co_await answering;
}

sef::Async<Outcome> access_path(Vfs &vfs, Ref<Call> call, Target target, std::uint32_t mode) {
    auto finding = find_target(vfs, call, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    const Vnode &vnode = **found;
    const Mount *const mount = found->mount.get();
    const bool read_only = mount != nullptr && mount->read_only() && !abi::is_character(vnode.mode);
    if ((mode & want::write) != 0 && read_only) co_return Error::read_only;
    const bool cannot_run = mount != nullptr && mount->has(mount_flag::no_programs);
    if ((mode & want::execute) != 0 && cannot_run && abi::is_regular(vnode.mode)) co_return Error::access;
    co_return permits(call->credentials(), vnode.ownership(), mode) ? Outcome(0) : Outcome(Error::access);
}

/// access(2) judges by the real identity, and so must the walk: the call goes on as that.
Status judge_by_real_identity(Call &call) {
    Credentials real = call.credentials();
    if (real.uid == real.real_uid && real.gid == real.real_gid) return {};
    real.uid = real.real_uid;
    real.gid = real.real_gid;
    call.identity = TRY(make_identity(real));
    return {};
}

Outcome start_access(Vfs &vfs, Call &call, Target target, std::uint64_t mode, bool effective) {
    if (mode > 7) return Error::invalid;
    if (!effective) TRY(judge_by_real_identity(call));
    return vfs.drive(call, access_path(vfs, Ref<Call>(&call), target, static_cast<std::uint32_t>(mode)));
}

}  // namespace

Outcome call_stat(Vfs &vfs, Call &call) {
    return start_stat(vfs, call, {here, call.address(0), LastLink::follow, false}, call.address(1));
}

Outcome call_lstat(Vfs &vfs, Call &call) {
    return start_stat(vfs, call, {here, call.address(0), LastLink::keep, false}, call.address(1));
}

Outcome call_fstat(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    if (attributes_known(*file->vnode)) return answer_known(call, *file->vnode, call.address(1));
    return vfs.drive(call, answer_stat(vfs, Ref<Call>(&call), file->vnode, call.address(1)));
}

Outcome call_newfstatat(Vfs &vfs, Call &call) {
    const auto flags = static_cast<std::uint32_t>(call.argument(3));
    if ((flags & ~(abi::at_symlink_no_follow | abi::at_empty_path | abi::at_no_automount)) != 0) return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const Target target{call.argument(0), call.address(1), last, (flags & abi::at_empty_path) != 0};
    return start_stat(vfs, call, target, call.address(2));
}

Outcome call_statx(Vfs &vfs, Call &call) {
    const auto flags = static_cast<std::uint32_t>(call.argument(2));
    static constexpr std::uint32_t known =
        abi::at_symlink_no_follow | abi::at_empty_path | abi::at_no_automount | abi::at_statx_sync_mask;
    if ((flags & ~known) != 0 || (call.argument(3) >> 31 & 1) != 0) return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const Target target{call.argument(0), call.address(1), last, (flags & abi::at_empty_path) != 0};
    return vfs.drive(call, statx_path(vfs, Ref<Call>(&call), target, call.address(4)));
}

Outcome call_statfs(Vfs &vfs, Call &call) {
    const Target target{here, call.address(0), LastLink::follow, false};
    return vfs.drive(call, statfs_path(vfs, Ref<Call>(&call), target, call.address(1)));
}

Outcome call_fstatfs(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    return vfs.drive(call, answer_statfs(Ref<Call>(&call), file->path(), call.address(1)));
}

Outcome call_access(Vfs &vfs, Call &call) {
    const Target target{here, call.address(0), LastLink::follow, false};
    return start_access(vfs, call, target, call.argument(1), false);
}

Outcome call_faccessat(Vfs &vfs, Call &call) {
    const Target target{call.argument(0), call.address(1), LastLink::follow, false};
    return start_access(vfs, call, target, call.argument(2), false);
}

Outcome call_faccessat2(Vfs &vfs, Call &call) {
    const auto flags = static_cast<std::uint32_t>(call.argument(3));
    if ((flags & ~(abi::at_effective_access | abi::at_symlink_no_follow | abi::at_empty_path)) != 0)
        return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const Target target{call.argument(0), call.address(1), last, (flags & abi::at_empty_path) != 0};
    return start_access(vfs, call, target, call.argument(2), (flags & abi::at_effective_access) != 0);
}

}  // namespace axo::vfs
