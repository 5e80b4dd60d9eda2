// stat, lstat, fstat, newfstatat, statx, statfs, fstatfs, access, faccessat, faccessat2.
#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/stat_io.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {

sef::Async<Status> stat_node(Vfs &, Ref<Vnode> vnode, abi::Stat *out) {
    if (vnode->mount == nullptr) {
        *out = abi::Stat{};
        out->inode = vnode->id.inode;
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
    auto buffer = sys::Grant::direct(vnode->id.file_system, out, sizeof *out, sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::Stat request{vnode->id.inode, buffer->id(), vnode->id.device};
    const Moment asked = Moment::of(*vnode);
    const auto answer = co_await sef::request(vnode->id.file_system, request);
    if (!answer) co_return answer.error();
    vnode->take(*answer);
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
sef::Async<Result<Ref<Vnode>>> find_target(Vfs &vfs, Ref<Process> process, Target target) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    if (const Status copied = copy_path(*process, target.path, *path); !copied) co_return copied.error();
    if (path->empty() && target.empty_path) {
        if (static_cast<std::int32_t>(target.start) == abi::at_cwd) co_return process->files->current;
        auto file = file_of(*process, target.start);
        if (!file) co_return file.error();
        co_return (*file)->vnode;
    }
    if (path->empty()) co_return Error::no_entry;
    auto start = start_of(*process, target.start, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, process, std::move(*start), path.get(), target.last);
    co_return co_await walking;
}

sef::Async<Outcome> answer_stat(Vfs &vfs, Ref<Process> process, Ref<Vnode> vnode, VirtAddr to) {
    abi::Stat content;
    auto stating = stat_node(vfs, std::move(vnode), &content);
    const Status stated = co_await stating;
    if (!stated) co_return stated.error();
    if (process->exited) co_return Error::no_process;
    const Status copied = copy_out(*process, to, &content, sizeof content);
    if (!copied) co_return copied.error();
    co_return 0;
}

sef::Async<Outcome> stat_path(Vfs &vfs, Ref<Process> process, Target target, VirtAddr to) {
    auto finding = find_target(vfs, process, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    auto answering = answer_stat(vfs, process, std::move(*found), to);
    co_return co_await answering;
}

/// The vnode a path leads to if no file system need be asked for it or for its attributes, else null.
const Vnode *known_target(Vfs &vfs, Process &process, Target target) {
    PathLease path(vfs.state.paths);
    if (!path || !copy_path(process, target.path, *path) || path->empty()) return nullptr;
    const auto start = start_of(process, target.start, *path);
    if (!start) return nullptr;
    const Vnode *found = walk_known(vfs, process, **start, path->rest(), target.last);
    return found != nullptr && attributes_known(*found) ? found : nullptr;
}

Outcome answer_known(Process &process, const Vnode &vnode, VirtAddr to) {
    TRY(copy_out(process, to, &vnode.attributes, sizeof vnode.attributes));
    return 0;
}

Outcome start_stat(Vfs &vfs, Process &process, Target target, VirtAddr to) {
    if (const Vnode *known = known_target(vfs, process, target)) return answer_known(process, *known, to);
    return vfs.drive(process, stat_path(vfs, Ref<Process>(&process), target, to));
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

sef::Async<Outcome> statx_path(Vfs &vfs, Ref<Process> process, Target target, VirtAddr to) {
    auto finding = find_target(vfs, process, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    abi::Stat content;
    auto stating = stat_node(vfs, std::move(*found), &content);
    const Status stated = co_await stating;
    if (!stated) co_return stated.error();
    if (process->exited) co_return Error::no_process;
    const abi::Statx result = statx_of(content);
    const Status copied = copy_out(*process, to, &result, sizeof result);
    if (!copied) co_return copied.error();
    co_return 0;
}

sef::Async<Outcome> answer_statfs(Ref<Process> process, Ref<Vnode> vnode, VirtAddr to) {
    if (vnode->mount == nullptr) co_return Error::no_syscall;  // a pipe belongs to no file system
    std::array<std::byte, abi::statfs_bytes> content{};
    auto buffer = sys::Grant::direct(vnode->id.file_system, content.data(), content.size(), sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::FileSystemStat request{buffer->id(), 0};
    const auto answer = co_await sef::request(vnode->id.file_system, request);
    if (!answer) co_return answer.error();
    if (process->exited) co_return Error::no_process;
    const Status copied = copy_out(*process, to, content.data(), content.size());
    if (!copied) co_return copied.error();
    co_return 0;
}

sef::Async<Outcome> statfs_path(Vfs &vfs, Ref<Process> process, Target target, VirtAddr to) {
    auto finding = find_target(vfs, process, target);
    auto found = co_await finding;
    if (!found) co_return found.error();
    auto answering = answer_statfs(process, std::move(*found), to);
    co_return co_await answering;
}

sef::Async<Outcome> access_path(Vfs &vfs, Ref<Process> process, Target target, std::uint32_t mode, bool effective) {
    // access(2) judges by the real identity, and so must the walk.
    Credentials &own = process->credentials;
    const std::uint32_t uid = own.uid, gid = own.gid;
    if (!effective) {
        own.uid = own.real_uid;
        own.gid = own.real_gid;
    }
    auto finding = find_target(vfs, process, target);
    auto found = co_await finding;
    Outcome outcome = 0;
    if (!found) {
        outcome = found.error();
    } else if ((mode & want::write) != 0 && (*found)->mount != nullptr && (*found)->mount->read_only &&
               !abi::is_character((*found)->mode)) {
        outcome = Error::read_only;
    } else if (!permits(own, (*found)->ownership(), mode)) {
        outcome = Error::access;
    }
    own.uid = uid;
    own.gid = gid;
    co_return outcome;
}

Outcome start_access(Vfs &vfs, Process &process, Target target, std::uint64_t mode, bool effective) {
    if (mode > 7) return Error::invalid;
    return vfs.drive(process,
                     access_path(vfs, Ref<Process>(&process), target, static_cast<std::uint32_t>(mode), effective));
}

}  // namespace

Outcome call_stat(Vfs &vfs, Process &process) {
    return start_stat(vfs, process, {here, process.call.address(0), LastLink::follow, false}, process.call.address(1));
}

Outcome call_lstat(Vfs &vfs, Process &process) {
    return start_stat(vfs, process, {here, process.call.address(0), LastLink::keep, false}, process.call.address(1));
}

Outcome call_fstat(Vfs &vfs, Process &process) {
    OpenFile *file = TRY(file_of(process, process.call.argument(0)));
    if (attributes_known(*file->vnode)) return answer_known(process, *file->vnode, process.call.address(1));
    return vfs.drive(process, answer_stat(vfs, Ref<Process>(&process), file->vnode, process.call.address(1)));
}

Outcome call_newfstatat(Vfs &vfs, Process &process) {
    const auto flags = static_cast<std::uint32_t>(process.call.argument(3));
    if ((flags & ~(abi::at_symlink_no_follow | abi::at_empty_path | abi::at_no_automount)) != 0) return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const Target target{process.call.argument(0), process.call.address(1), last, (flags & abi::at_empty_path) != 0};
    return start_stat(vfs, process, target, process.call.address(2));
}

Outcome call_statx(Vfs &vfs, Process &process) {
    const auto flags = static_cast<std::uint32_t>(process.call.argument(2));
    static constexpr std::uint32_t known =
        abi::at_symlink_no_follow | abi::at_empty_path | abi::at_no_automount | abi::at_statx_sync_mask;
    if ((flags & ~known) != 0 || (process.call.argument(3) >> 31 & 1) != 0) return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const Target target{process.call.argument(0), process.call.address(1), last, (flags & abi::at_empty_path) != 0};
    return vfs.drive(process, statx_path(vfs, Ref<Process>(&process), target, process.call.address(4)));
}

Outcome call_statfs(Vfs &vfs, Process &process) {
    const Target target{here, process.call.address(0), LastLink::follow, false};
    return vfs.drive(process, statfs_path(vfs, Ref<Process>(&process), target, process.call.address(1)));
}

Outcome call_fstatfs(Vfs &vfs, Process &process) {
    OpenFile *file = TRY(file_of(process, process.call.argument(0)));
    return vfs.drive(process, answer_statfs(Ref<Process>(&process), file->vnode, process.call.address(1)));
}

Outcome call_access(Vfs &vfs, Process &process) {
    const Target target{here, process.call.address(0), LastLink::follow, false};
    return start_access(vfs, process, target, process.call.argument(1), false);
}

Outcome call_faccessat(Vfs &vfs, Process &process) {
    const Target target{process.call.argument(0), process.call.address(1), LastLink::follow, false};
    return start_access(vfs, process, target, process.call.argument(2), false);
}

Outcome call_faccessat2(Vfs &vfs, Process &process) {
    const auto flags = static_cast<std::uint32_t>(process.call.argument(3));
    if ((flags & ~(abi::at_effective_access | abi::at_symlink_no_follow | abi::at_empty_path)) != 0)
        return Error::invalid;
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    const Target target{process.call.argument(0), process.call.address(1), last, (flags & abi::at_empty_path) != 0};
    return start_access(vfs, process, target, process.call.argument(2), (flags & abi::at_effective_access) != 0);
}

}  // namespace axo::vfs
