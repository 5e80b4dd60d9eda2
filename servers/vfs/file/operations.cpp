// See operations.hpp: the list of kinds, what they have in common, and the kind that can do nothing.
#include "servers/vfs/file/operations.hpp"

#include "servers/vfs/file/cursor.hpp"
#include "servers/vfs/file/poll.hpp"

namespace axo::vfs {

namespace refuse {
Outcome transfer(Vfs &, Call &, OpenFile &, Position) { return Error::bad_descriptor; }
Outcome seek(Vfs &, Call &, OpenFile &, std::int64_t, abi::Whence) { return Error::illegal_seek; }
Outcome list(Vfs &, Call &, OpenFile &) { return Error::not_directory; }
Outcome ioctl(Vfs &, Call &, OpenFile &, std::uint32_t) { return Error::not_tty; }
Outcome sync(Vfs &, Call &, OpenFile &) { return Error::invalid; }
Outcome resize(Vfs &, Call &, OpenFile &, std::uint64_t) { return Error::invalid; }
}  // namespace refuse

Result<std::uint32_t> always_ready_poll(Vfs &, Call &, OpenFile &, PollItem &) { return std::uint32_t{always_ready}; }

namespace {
Result<std::uint32_t> invalid_poll(Vfs &, Call &, OpenFile &, PollItem &) { return std::uint32_t{abi::poll_invalid}; }
}  // namespace

const FileOperations path_only_operations{.only_a_path = true, .poll = invalid_poll};

namespace detail {
/// In the order of FileKind.
const FileOperations *const operations[] = {
    &regular_operations,   &directory_operations, &pipe_operations,
    &character_operations, &block_operations,     &path_only_operations,
};
static_assert(std::size(operations) == static_cast<std::size_t>(FileKind::path_only) + 1);
}  // namespace detail

Outcome seek_by_size(Vfs &vfs, Call &call, OpenFile &file, std::int64_t distance, abi::Whence from) {
    if (file.position_busy) return wait_for_position(vfs, call, file);
    std::int64_t start = 0;
    switch (from) {
        case abi::Whence::set: break;
        case abi::Whence::current: start = static_cast<std::int64_t>(file.offset); break;
        case abi::Whence::end: start = static_cast<std::int64_t>(file.vnode->size); break;
        default: return Error::invalid;
    }
    std::int64_t target = 0;
    if (__builtin_add_overflow(start, distance, &target)) return Error::overflow;
    if (target < 0) return Error::invalid;
    file.offset = static_cast<std::uint64_t>(target);
    return target;
}

}  // namespace axo::vfs
