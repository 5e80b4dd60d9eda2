// See directory_path.hpp.
#include "servers/vfs/path/directory_path.hpp"

#include "lib/sys/grants.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr std::size_t listing_bytes = 4096;
constexpr unsigned climbs_max = 16;  // under renames that never end; each of them would have to cross our way

/// struct linux_dirent64, without the name that follows.
struct DirectoryRecord {
    std::uint64_t inode, next;
    std::uint16_t bytes;
    std::uint8_t type;
};
constexpr std::size_t record_name_at = 19;

/// The name of `inode` in one listing, or empty.
std::string_view name_in(std::span<const std::byte> listing, std::uint64_t inode) {
    for (std::size_t at = 0; at + record_name_at < listing.size();) {
        DirectoryRecord record;
        std::memcpy(&record, listing.data() + at, record_name_at);
        if (record.bytes <= record_name_at || record.bytes > listing.size() - at) return {};
        const std::string_view text{reinterpret_cast<const char *>(listing.data() + at + record_name_at),
                                    record.bytes - record_name_at};
        const std::string_view name = part_of(text, 0, text.find('\0'));
        if (record.inode == inode && !is_dot(name) && !is_dot_dot(name)) return name;
        at += record.bytes;
    }
    return {};
}

/// Finds the name of `child` in `parent` and puts it in front. Errors: no_entry, io, name_too_long.
sef::Async<Status> prepend_name(Ref<Vnode> parent, std::uint64_t child, BackwardPath *path, ScratchBuffer *listing) {
    const Endpoint server = parent->server();
    auto buffer = sys::Grant::direct(server, listing->data(), listing_bytes, sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    for (std::uint64_t offset = 0;;) {
        const fs::ReadDirectory request{parent->inode, offset, listing_bytes, buffer->id(), fs::access_time::kept};
        const auto answer = co_await sef::request(server, request);
        node_changed(*parent, answer);
        if (!answer) co_return answer.error();
        if (answer->bytes == 0 || answer->bytes > listing_bytes) co_return Error::no_entry;
        const std::string_view name = name_in(listing->bytes().first(answer->bytes), child);
        if (!name.empty()) co_return path->prepend(name);
        if (answer->next_offset == offset) co_return Error::io;
        offset = answer->next_offset;
    }
}

/// The directory above, and the inode by which it knows this one.
struct Above {
    Path parent;
    std::uint64_t inode;
};
sef::Async<Result<Above>> go_up(Vfs &vfs, Path from) {
    if (const Mount &mount = *from.mount; from.vnode == mount.root && mount.covered_in) {  // a file, which has no ".."
        Path around{mount.covered.mount, mount.covered_in};
        co_return Above{std::move(around), mount.covered->inode};
    }
    from = leave_mounts(std::move(from));
    const std::uint64_t inode = from->inode;
    // As root: an unreadable directory above must not hide where one is.
    auto call = make_call(*vfs.state.system);
    if (!call) co_return call.error();
    auto looking = look_up(vfs, *call, std::move(from), "..");
    auto parent = co_await looking;
    if (!parent) co_return parent.error();
    co_return Above{std::move(*parent), inode};
}

/// One attempt at prepend_directory: true if `root` was met on the way.
sef::Async<Result<bool>> climb(Vfs &vfs, Path root, Path directory, BackwardPath *path) {
    ScratchBuffer listing(listing_bytes);
    if (!listing) co_return Error::no_memory;
    const auto ends_at = [](const Path &at) { return at.vnode == at.mount->root && !at.mount->covered; };
    while (!(directory == root) && !ends_at(directory)) {
        auto going = go_up(vfs, directory);
        auto above = co_await going;
        if (!above) co_return above.error();
        auto naming = prepend_name(above->parent.vnode, above->inode, path, &listing);
        const Status named = co_await naming;
        if (!named) co_return named.error();
        directory = std::move(above->parent);
    }
    co_return directory == root;
}

/// What stands in front of the names: as Linux, a mark where `root` does not lie above.
Status complete_path(BackwardPath &path, bool met_root) {
    if (path.empty()) TRY(path.prepend(""));
    return met_root ? Status{} : path.put("(unreachable)");
}

/// Says whether any name could have moved since it was made.
class Stillness {
public:
    explicit Stillness(const State &state)
        : state_(state), begun_(state.renames_begun), still_(begun_ == state.renames_answered) {}
    bool held() const { return still_ && state_.renames_begun == begun_; }

private:
    const State &state_;
    std::uint64_t begun_;
    bool still_;  // none was under way
};

}  // namespace

Status BackwardPath::prepend(std::string_view name) {
    TRY(put(name));
    return put("/");
}

Status BackwardPath::put(std::string_view text) {
    if (text.size() > begin_) return Error::name_too_long;
    begin_ -= text.size();
    if (!text.empty()) std::memcpy(room_.data() + begin_, text.data(), text.size());
    return {};
}

Result<unsigned> BackwardPath::prepend_path(std::string_view path) {
    unsigned skipped = 0;  // names that a ".." behind them takes away
    while (!only_slashes(path)) {
        const SplitPath split = split_last(path);
        path = split.directory;
        if (is_dot(split.name)) continue;
        if (is_dot_dot(split.name)) {
            ++skipped;
        } else if (skipped != 0) {
            --skipped;
        } else {
            TRY(prepend(split.name));
        }
    }
    return skipped;
}

sef::Async<Status> prepend_directory(Vfs &vfs, Path root, Path directory, BackwardPath *path) {
    for (unsigned climbs = 1;; ++climbs) {
        BackwardPath tried = *path;  // writes into the same room, only below what is there
        const Stillness stillness(vfs.state);
        auto climbing = climb(vfs, root, directory, &tried);
        const Result<bool> met_root = co_await climbing;
        // A directory that moved while it was looked for may have been missed, or its path be made of two.
        if (!stillness.held() && climbs < climbs_max) continue;
        if (!met_root) co_return met_root.error();
        const Status complete = complete_path(tried, *met_root);
        if (complete) *path = tried;
        co_return complete;
    }
}

sef::Async<Result<bool>> lies_below(Vfs &vfs, Ref<Mount> inner, Ref<Vnode> outer) {
    if (inner->covered.vnode == outer) co_return true;
    Path at = inner->covered_in ? Path{inner->covered.mount, inner->covered_in} : Path(inner->covered);
    while (at.vnode != outer && at.vnode != at.mount->root) {
        auto going = go_up(vfs, std::move(at));
        auto above = co_await going;
        if (!above) co_return above.error();
        at = std::move(above->parent);
    }
    co_return at.vnode == outer;
}

sef::Async<Status> prepend_file(Vfs &vfs, Path root, Path directory, std::string_view name, BackwardPath *path) {
    PathLease text(vfs.state.paths);
    if (!text) co_return Error::no_memory;
    if (const Status assigned = text->assign(name); !assigned) co_return assigned;
    auto call = make_call(*vfs.state.system);
    if (!call) co_return call.error();
    auto walking = walk(vfs, *call, directory, text.get(), LastLink::keep);
    const auto found = co_await walking;
    if (!found) co_return found.error();
    const auto up = path->prepend_path(name);
    if (!up) co_return up.error();
    for (unsigned i = 0; i < *up && !(directory == root); ++i) {
        auto going = go_up(vfs, std::move(directory));
        auto above = co_await going;
        if (!above) co_return above.error();
        directory = std::move(above->parent);
    }
    auto rising = prepend_directory(vfs, std::move(root), std::move(directory), path);
    co_return co_await rising;
}

}  // namespace axo::vfs
