// See walk.hpp.
#include "servers/vfs/path/walk.hpp"

#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/mount/file_request.hpp"

namespace axo::vfs {
namespace {

/// A directory something is mounted on is seen as the root of that.
Path enter_mount(Path current) {
    if (current->mounted_here == nullptr) [[likely]]
        return current;
    while (Mount *there = mounted_on(current.mount.get(), *current)) current = {Ref<Mount>(there), there->root};
    return current;
}

/// How many bytes the file system may walk by itself: one name where names are remembered. Below a
/// changed root, or where only a part of the file system is seen, every ".." is looked at here.
std::size_t bytes_to_pass(Vfs &vfs, const Path &own_root, const Path &directory, std::string_view rest) {
    const FileSystem *file_system = directory->file_system.get();
    if (file_system != nullptr && file_system->remembers) return first_component(rest).size();
    const Mount *top = vfs.state.mounts.root();
    const bool has_top = top != nullptr && own_root.vnode == top->root && own_root.mount.get() == top;
    const bool is_whole = file_system == nullptr || directory.mount->root == file_system->root;
    if (has_top && is_whole) return rest.size();
    const std::size_t bytes = bytes_before_dot_dot(rest);
    return bytes != 0 ? bytes : first_component(rest).size();
}

struct Step {
    Ref<Vnode> vnode;
    std::uint32_t consumed;
};

/// The next name where it is known, else one Lookup at the file system of `directory`.
sef::Async<Result<Step>> step(Vfs &vfs, Ref<Call> call, Ref<Vnode> directory, std::string_view text) {
    if (!directory->file_system) co_return Error::not_directory;
    const std::string_view name = first_component(text);
    const Result<Vnode *> known = known_name(vfs, *call, *directory, name);
    if (!known) co_return known.error();
    if (*known != nullptr) co_return Step{vfs.state.vnodes.use(**known), static_cast<std::uint32_t>(name.size())};
    FileSystem &file_system = *directory->file_system;
    const Credentials &who = call->credentials();
    auto path = grant_text(file_system.server, text);
    auto groups = grant_groups(file_system.server, who);
    if (!path || !groups) co_return Error::no_memory;
    const fs::Lookup request{
        .directory = directory->inode,
        .path = path->id(),
        .path_bytes = static_cast<std::uint32_t>(text.size()),
        .uid = who.uid,
        .gid = who.gid,
        .groups = groups->id(),
        .group_count = who.group_count,
    };
    const Moment asked = Moment::of(*directory);
    const auto answer = co_await sef::request(file_system.server, request);
    if (!answer) co_return answer.error();
    if (answer->consumed > text.size()) co_return Error::io;
    const bool undisturbed = Moment::of(*directory) == asked;
    auto vnode = vfs.state.vnodes.adopt(file_system, *answer, undisturbed ? News::current : News::perhaps_old);
    if (!vnode) co_return vnode.error();
    const bool one_name = answer->consumed == text.size() && text.find('/') == text.npos;
    if (one_name && undisturbed) remember_name(vfs, *directory, text, **vnode);
    co_return Step{std::move(*vnode), answer->consumed};
}

/// The state of one walk.
struct Walk {
    Path root;  // of the process when the walk began
    Path current;
    unsigned links = 0;
    bool slash_at_end = false;

    /// Notes what follows the consumed text, then cuts it off.
    void consume(PathText &path, std::size_t bytes) {
        const std::string_view rest = path.rest();
        slash_at_end = rest[bytes - 1] == '/' || (bytes < rest.size() && rest[bytes] == '/');
        path.consume(bytes);
    }

    /// ".." that the file system must not see: above the root of the process, or of everything, there is nothing more.
    /// True if it was handled. Errors: no_entry (the directory was moved out of the part that is seen here).
    Result<bool> dot_dot(PathText &path) {
        if (!is_dot_dot(first_component(path.rest()))) return false;
        if (!(current == root)) {
            current = leave_mounts(std::move(current));
            const bool at_top = current.vnode == current.mount->root && !current->file_system->gone;
            if (!at_top && current.vnode == current->file_system->root) return Error::no_entry;
            if (!at_top) return false;
        }
        consume(path, 2);
        return true;
    }
};

}  // namespace

Result<Vnode *> known_name(Vfs &vfs, const Call &call, const Vnode &directory, std::string_view name) {
    if (directory.file_system && directory.file_system->changing != 0) return nullptr;
    Vnode *known = vfs.state.vnodes.names().find(directory, name);
    if (known == nullptr) return nullptr;
    if (!permits(call.credentials(), directory.ownership(), want::execute)) return Error::access;
    return known;
}

void remember_name(Vfs &vfs, Vnode &directory, std::string_view name, Vnode &child) {
    if (directory.file_system->remembers) vfs.state.vnodes.names().add(directory, name, child);
}

KnownPath walk_known(Vfs &vfs, const Call &call, const Path &start, std::string_view path, LastLink last) {
    KnownPath at{start.mount.get(), start.vnode.get()};
    for (std::string_view rest = path;;) {
        const bool slash = !rest.empty() && rest.front() == '/';
        while (!rest.empty() && rest.front() == '/') rest.remove_prefix(1);
        if (slash && !abi::is_directory(at.vnode->mode)) return {};
        if (rest.empty()) return at;
        const std::string_view name = first_component(rest);
        const Result<Vnode *> known = known_name(vfs, call, *at.vnode, name);
        if (!known || *known == nullptr) return {};
        rest.remove_prefix(name.size());
        at.vnode = *known;
        if (abi::is_link(at.vnode->mode)) return rest.empty() && last == LastLink::keep ? at : KnownPath{};
        if (at.vnode->mounted_here == nullptr) [[likely]]
            continue;
        while (Mount *there = mounted_on(at.mount, *at.vnode)) at = {there, there->root.get()};
    }
}

sef::Async<Status> read_link(Ref<Call> call, Ref<Vnode> link) {
    String target;
    const std::uint64_t room = link->size != 0 ? link->size : abi::path_max;
    if (!target.resize(room)) co_return Error::no_memory;
    auto buffer = sys::Grant::direct(link->server(), target.data(), target.size(), sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    const fs::ReadLink request{link->inode, room, buffer->id(), call->process->pid};
    const auto answer = co_await sef::request(link->server(), request);
    node_changed(*link, answer);
    if (!answer) co_return answer.error();
    if (answer->bytes == 0 || answer->bytes > room) co_return Error::no_entry;
    target.truncate(answer->bytes);
    link->link_target = std::move(target);
    co_return Status{};
}

sef::Async<Result<Path>> walk(Vfs &vfs, Ref<Call> call, Path start, PathText *path, LastLink last, Arrival *arrival) {
    if (path->empty()) co_return Error::no_entry;
    Walk state{.root = call->files().root, .current = std::move(start)};
    if (path->absolute()) state.current = state.root;
    for (;;) {
        path->skip_slashes();
        if (path->empty()) break;
        if (!abi::is_directory(state.current->mode)) co_return Error::not_directory;
        const Result<bool> handled = state.dot_dot(*path);
        if (!handled) co_return handled.error();
        if (*handled) continue;

        const std::size_t bytes = bytes_to_pass(vfs, state.root, state.current, path->rest());
        auto stepping = step(vfs, call, state.current.vnode, part_of(path->rest(), 0, bytes));
        auto stepped = co_await stepping;
        if (!stepped) co_return stepped.error();
        if (stepped->consumed == 0) co_return Error::io;

        Ref<Vnode> reached = std::move(stepped->vnode);
        if (abi::is_link(reached->mode)) {
            const std::string_view after = part_of(path->rest(), stepped->consumed);
            const bool slash = path->rest()[stepped->consumed - 1] == '/' || !after.empty();
            if (!slash && last == LastLink::keep) {
                state.current.vnode = std::move(reached);
                co_return state.current;
            }
            if (++state.links > abi::links_max) co_return Error::loop;
            if (!reached->target_known()) {
                auto reading = read_link(call, reached);
                const Status read = co_await reading;
                if (!read) co_return read.error();
            }
            const Status replaced = path->replace_link(stepped->consumed, reached->link_target);
            if (!replaced) co_return replaced.error();
            if (path->absolute()) state.current = state.root;
            continue;
        }
        if (arrival != nullptr) *arrival = {state.current, part_of(path->rest(), 0, stepped->consumed)};
        state.consume(*path, stepped->consumed);
        state.current.vnode = std::move(reached);
        state.current = enter_mount(std::move(state.current));
    }
    if (state.slash_at_end && !abi::is_directory(state.current->mode)) co_return Error::not_directory;
    co_return state.current;
}

sef::Async<Result<Place>> walk_parent(Vfs &vfs, Ref<Call> call, Path start, PathText *path) {
    if (path->empty()) co_return Error::no_entry;
    const SplitPath split = split_last(path->rest());
    if (split.name.size() > abi::name_max) co_return Error::name_too_long;
    Place place{path->absolute() ? call->files().root : std::move(start), split.name, split.trailing_slash};
    if (!only_slashes(split.directory)) {
        PathLease directory(vfs.state.paths);
        if (!directory) co_return Error::no_memory;
        const Status assigned = directory->assign(split.directory);
        if (!assigned) co_return assigned.error();
        auto walking = walk(vfs, call, std::move(place.directory), directory.get(), LastLink::follow);
        auto found = co_await walking;
        if (!found) co_return found.error();
        place.directory = std::move(*found);
    }
    if (!abi::is_directory(place.directory->mode)) co_return Error::not_directory;
    if (!permits(call->credentials(), place.directory->ownership(), want::execute)) co_return Error::access;
    co_return place;
}

sef::Async<Result<Path>> look_up(Vfs &vfs, Ref<Call> call, Path directory, std::string_view name) {
    auto stepping = step(vfs, call, directory.vnode, name);
    auto stepped = co_await stepping;
    if (!stepped) co_return stepped.error();
    if (stepped->consumed != name.size()) co_return Error::io;
    directory.vnode = std::move(stepped->vnode);
    Path entered = enter_mount(std::move(directory));
    co_return entered;
}

Result<Path> start_of(Call &call, std::uint64_t descriptor, const PathText &path) {
    if (path.absolute()) return call.files().root;
    if (static_cast<std::int32_t>(descriptor) == abi::at_cwd) return call.files().current;
    const OpenFile *file = call.descriptors()->find(static_cast<std::uint32_t>(descriptor));
    if (file == nullptr) return Error::bad_descriptor;
    if (!abi::is_directory(file->vnode->mode)) return Error::not_directory;
    return file->path();
}

Result<Path> begin_path(Call &call, std::uint64_t descriptor, VirtAddr address, PathText &path) {
    if (call.exited()) return Error::no_process;  // while the first of two paths was walked
    TRY(copy_path(call, address, path));
    if (path.empty()) return Error::no_entry;
    return start_of(call, descriptor, path);
}

}  // namespace axo::vfs
