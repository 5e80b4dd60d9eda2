// getcwd: walks up by "..", looking in each directory for the name of where it came from. No path is
// remembered, so that a rename above never makes the answer wrong.
#include <cstring>

#include "lib/sys/grants.hpp"
#include "servers/vfs/calls.hpp"
#include "servers/vfs/scratch_buffer.hpp"
#include "servers/vfs/user_memory.hpp"
#include "servers/vfs/walk.hpp"

namespace axo::vfs {
namespace {

constexpr std::size_t listing_bytes = 4096;

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
        const std::string_view text{reinterpret_cast<const char *>(listing.data() + at + record_name_at), record.bytes - record_name_at};
        const std::string_view name = part_of(text, 0, text.find('\0'));
        if (record.inode == inode && !is_dot(name) && !is_dot_dot(name)) return name;
        at += record.bytes;
    }
    return {};
}

/// Writes a path from its end towards its start.
class BackwardPath {
public:
    explicit BackwardPath(std::span<char> room) : room_(room), begin_(room.size() - 1) { room_[begin_] = '\0'; }
    /// Errors: name_too_long.
    Status prepend(std::string_view name) {
        if (name.size() + 1 > begin_) return Error::name_too_long;
        begin_ -= name.size();
        std::memcpy(room_.data() + begin_, name.data(), name.size());
        room_[--begin_] = '/';
        return {};
    }
    std::span<char> text() const { return room_.subspan(begin_); }  // with the NUL

private:
    std::span<char> room_;
    std::size_t begin_;
};

/// Finds the name of `child` in `parent` and puts it in front. Errors: no_entry, io, name_too_long.
sef::Async<Status> prepend_name(Ref<Vnode> parent, std::uint64_t child, BackwardPath *path, ScratchBuffer *listing) {
    const Endpoint server = parent->id.file_system;
    auto buffer = sys::Grant::direct(server, listing->data(), listing_bytes, sys::Access::write);
    if (!buffer) co_return Error::no_memory;
    for (std::uint64_t offset = 0;;) {
        const fs::ReadDirectory request{parent->id.inode, offset, listing_bytes, buffer->id(), 0};
        const auto answer = co_await sef::request(server, request);
        if (!answer) co_return answer.error();
        if (answer->bytes == 0 || answer->bytes > listing_bytes) co_return Error::no_entry;
        const std::string_view name = name_in(listing->bytes().first(answer->bytes), child);
        if (!name.empty()) co_return path->prepend(name);
        offset = answer->next_offset;
    }
}

/// The directory above, and the inode by which it knows this one.
struct Above {
    Ref<Vnode> parent;
    std::uint64_t inode;
};
sef::Async<Result<Above>> go_up(Vfs &vfs, Ref<Vnode> from) {
    while (from->mount->root == from && from->mount->covered) from = from->mount->covered;
    const std::uint64_t inode = from->id.inode;
    // As root: an unreadable directory above must not hide where one is.
    auto looking = look_up(vfs, vfs.state.system, std::move(from), "..");
    auto parent = co_await looking;
    if (!parent) co_return parent.error();
    co_return Above{std::move(*parent), inode};
}

sef::Async<Outcome> current_path(Vfs &vfs, Ref<Process> process, VirtAddr to, std::uint64_t bytes) {
    ScratchBuffer listing(listing_bytes), text(abi::path_max);
    if (!listing || !text) co_return Error::no_memory;
    BackwardPath path(text.text());
    Ref<Vnode> at = process->files->current;
    const Mount *top = vfs.state.mounts.root();
    while (at != process->files->root && at != top->root) {
        auto going = go_up(vfs, at);
        auto above = co_await going;
        if (!above) co_return above.error();
        auto naming = prepend_name(above->parent, above->inode, &path, &listing);
        const Status named = co_await naming;
        if (!named) co_return named.error();
        at = std::move(above->parent);
    }
    if (path.text().size() == 1) static_cast<void>(path.prepend({}));
    if (path.text().size() > bytes) co_return Error::range;
    if (process->exited) co_return Error::no_process;
    const Status copied = copy_out(*process, to, path.text().data(), path.text().size());
    if (!copied) co_return copied.error();
    co_return static_cast<std::int64_t>(path.text().size());
}

}  // namespace

Outcome call_getcwd(Vfs &vfs, Process &process) {
    return vfs.drive(process, current_path(vfs, Ref<Process>(&process), process.call.address(0), process.call.argument(1)));
}

}  // namespace axo::vfs
