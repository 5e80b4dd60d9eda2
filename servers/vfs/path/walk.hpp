// From the text of a path to where it leads: over directories (which the file systems walk), symbolic links, mount
// points and "..".
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

enum class LastLink : std::uint32_t { follow, keep };

/// The last steps of a walk: a directory and the path from it, in which no component is a link.
struct Arrival {
    Path directory;
    std::string_view path;  // lies in the PathText
};

/// Errors: no_entry (also for an empty path), not_directory, access, loop, name_too_long, io.
/// `path` is used up and must live until the end; `arrival`, if not null, too.
sef::Async<Result<Path>> walk(Vfs &vfs, Ref<Call> call, Path start, PathText *path, LastLink last,
                              Arrival *arrival = nullptr);

/// A name in a directory, to be created, removed or renamed.
struct Place {
    Path directory;
    std::string_view name;  // lies in the PathText; may be empty ("/"), "." or ".."
    bool trailing_slash;
};
/// Walks all but the last component; `path` keeps its text. Errors: as walk.
sef::Async<Result<Place>> walk_parent(Vfs &vfs, Ref<Call> call, Path start, PathText *path);

/// As a Path, for as long as nothing is waited for.
struct KnownPath {
    Mount *mount = nullptr;
    Vnode *vnode = nullptr;
};
/// The walk as far as it needs no request: where `path` leads, or null if VFS does not know every step of
/// it (or one is refused; the full walk says why).
KnownPath walk_known(Vfs &vfs, const Call &call, const Path &start, std::string_view path, LastLink last);

/// The name as VFS knows it in this directory: null if it does not. Errors: access.
Result<Vnode *> known_name(Vfs &vfs, const Call &call, const Vnode &directory, std::string_view name);
/// The file system said that `name` in `directory` is `child`, and no name changed since it was asked.
void remember_name(Vfs &vfs, Vnode &directory, std::string_view name, Vnode &child);

/// One name in a directory, as it lies there: no link is followed, but a mount point is crossed.
sef::Async<Result<Path>> look_up(Vfs &vfs, Ref<Call> call, Path directory, std::string_view name);

/// Reads the target of a link, as the call's process sees it, into link->link_target; use it before waiting again.
/// Errors: io, no_memory, no_entry, access.
sef::Async<Status> read_link(Ref<Call> call, Ref<Vnode> link);

/// Where a path of an *at call starts. Errors: bad_descriptor, not_directory (only for relative paths).
Result<Path> start_of(Call &call, std::uint64_t descriptor, const PathText &path);

/// Copies the path and finds its start: what every *at call does first.
/// Errors: fault, absent, name_too_long, no_entry (empty), bad_descriptor, not_directory, no_process (it exited).
Result<Path> begin_path(Call &call, std::uint64_t descriptor, VirtAddr address, PathText &path);

}  // namespace axo::vfs
