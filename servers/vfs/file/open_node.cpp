// See open_node.hpp.
#include "servers/vfs/file/open_node.hpp"

#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/file/file_io.hpp"
#include "servers/vfs/pipe/pipe_io.hpp"

namespace axo::vfs {
namespace {

/// Flags that concern only open itself.
constexpr std::uint32_t momentary = abi::open_create | abi::open_exclusive | abi::open_truncate | abi::open_close_exec |
                                    abi::open_no_follow | abi::open_no_terminal;

Result<FileKind> kind_of(std::uint32_t mode) {
    switch (mode & abi::mode_format) {
        case abi::mode_regular: return FileKind::regular;
        case abi::mode_directory: return FileKind::directory;
        case abi::mode_fifo: return FileKind::pipe;
        case abi::mode_character: return FileKind::character;
        case abi::mode_block: return FileKind::block;
        case abi::mode_link: return Error::loop;
        default: return Error::no_device_address;  // sockets
    }
}

}  // namespace

std::uint32_t wanted_by_flags(std::uint32_t flags) {
    switch (flags & abi::open_access) {
        case abi::open_read_only: return (flags & abi::open_truncate) != 0 ? want::read | want::write : want::read;
        case abi::open_write_only: return want::write;
        default: return want::read | want::write;
    }
}

bool opens_at_once(const Vnode &vnode, std::uint32_t flags) {
    if (abi::is_directory(vnode.mode)) return true;
    return abi::is_regular(vnode.mode) &&
           ((flags & abi::open_truncate) == 0 || (vnode.size == 0 && size_is_known(vnode)));
}

Result<Ref<OpenFile>> open_at_once(Vfs &vfs, Path what, std::uint32_t flags) {
    const bool is_directory = abi::is_directory(what->mode), writes = (wanted_by_flags(flags) & want::write) != 0;
    if (is_directory && writes) return Error::is_directory;
    if (writes && what.mount->read_only()) return Error::read_only;
    return vfs.state.files.open(std::move(what), is_directory ? FileKind::directory : FileKind::regular,
                                flags & ~momentary);
}

sef::Async<Result<Ref<OpenFile>>> open_node(Vfs &vfs, Ref<Call> call, Path what, std::uint32_t flags) {
    if ((flags & abi::open_path) != 0)
        co_return vfs.state.files.open(what, FileKind::path_only, flags & abi::open_path);
    const auto kind = kind_of(what->mode);
    if (!kind) co_return kind.error();
    if (*kind == FileKind::regular || *kind == FileKind::directory) {
        auto opened = open_at_once(vfs, what, flags);
        if (!opened || opens_at_once(*what, flags)) co_return opened;
        auto truncating = truncate_file(vfs, call, what.vnode, 0);
        const Status truncated = co_await truncating;
        if (!truncated) co_return truncated.error();
        co_return opened;
    }

    const bool device = *kind == FileKind::character || *kind == FileKind::block;
    if (device && what.mount->has(mount_flag::no_devices)) co_return Error::access;
    // Pipes and devices become that only when they are attached, so that a failed open detaches nothing.
    auto file = vfs.state.files.open(what, FileKind::regular, flags & ~momentary);
    if (!file) co_return file.error();
    if (*kind == FileKind::pipe) {
        const Status attached = attach_pipe(vfs, **file, call->credentials());
        if (!attached) co_return attached.error();
    } else if (device) {
        (*file)->flags |= flags & abi::open_no_terminal;
        auto opening = open_device(vfs, call, *file);
        const Status opened = co_await opening;
        (*file)->flags &= ~abi::open_no_terminal;
        if (!opened) co_return opened.error();
    }
    co_return *file;
}

}  // namespace axo::vfs
