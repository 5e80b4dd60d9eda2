// The absolute path of a directory or file: walks up by "..", looking in each directory for the name of
// where it came from. No path is remembered, so that a rename above never makes the answer wrong.
#pragma once

#include <cstring>

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Writes a path from its end towards its start, with a NUL behind it.
class BackwardPath {
public:
    explicit BackwardPath(std::span<char> room) : room_(room), begin_(room.size() - 1) { room_[begin_] = '\0'; }

    /// Puts "/name" in front. Errors: name_too_long.
    Status prepend(std::string_view name);
    /// Puts the text in front as it is. Errors: name_too_long.
    Status put(std::string_view text);
    /// As prepend, for a whole relative path; a ".." in it takes the name before it away. Returns how many directories
    /// above its start it begins. Errors: name_too_long.
    Result<unsigned> prepend_path(std::string_view path);
    bool empty() const { return begin_ == room_.size() - 1; }
    std::string_view view() const { return {room_.data() + begin_, room_.size() - 1 - begin_}; }
    std::span<char> text() const { return room_.subspan(begin_); }  // with the NUL

private:
    std::span<char> room_;
    std::size_t begin_;
};

/// Puts the path of `directory`, seen from `root`, in front of what `path` holds; "/" for the root itself. One
/// that does not lie below `root` gets "(unreachable)" before the path from the root of everything, as on Linux.
/// Renames meanwhile make it look again. `path` must live until the end. Errors: no_entry (it was removed),
/// name_too_long, io, no_memory.
sef::Async<Status> prepend_directory(Vfs &vfs, Path root, Path directory, BackwardPath *path);

/// The same for a file, named by a path from `directory` on in which no component is a link. Both `name`
/// and `path` must live until the end. Errors: also no_entry if nothing has that name any more.
sef::Async<Status> prepend_file(Vfs &vfs, Path root, Path directory, std::string_view name, BackwardPath *path);

/// Whether what the mount covers lies below `outer`, in the mount where both are seen. Errors: io, no_memory, no_entry.
sef::Async<Result<bool>> lies_below(Vfs &vfs, Ref<Mount> inner, Ref<Vnode> outer);

}  // namespace axo::vfs
