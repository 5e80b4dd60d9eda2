// close, close_range, dup, dup2, dup3, fcntl, umask.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/lock.hpp"
#include "servers/vfs/pipe/pipe_ring.hpp"

namespace axo::vfs {
namespace {

std::uint32_t word(const Process &process, unsigned index) {
    return static_cast<std::uint32_t>(process.call.argument(index));
}

/// POSIX: closing any descriptor of a file ends the process' range locks on it.
Status close_one(Vfs &vfs, Process &process, std::uint32_t descriptor) {
    Ref<OpenFile> file = TRY(process.descriptors->take(descriptor));
    if (!file->vnode->locks.empty()) drop_locks(vfs, *file->vnode, process.descriptors.get());
    return {};
}

Outcome duplicate(Process &process, std::uint32_t first, bool close_exec) {
    OpenFile *file = TRY(file_of(process, process.call.argument(0)));
    return static_cast<std::int64_t>(TRY(process.descriptors->install(Ref<OpenFile>(file), close_exec, first)));
}

Outcome duplicate_to(Vfs &vfs, Process &process, std::uint32_t target, bool close_exec) {
    OpenFile *file = TRY(file_of(process, process.call.argument(0)));
    Ref<OpenFile> old = TRY(process.descriptors->replace(target, Ref<OpenFile>(file), close_exec));
    if (old && !old->vnode->locks.empty()) drop_locks(vfs, *old->vnode, process.descriptors.get());
    return static_cast<std::int64_t>(target);
}

Outcome set_flags(OpenFile &file, std::uint32_t flags) {
    file.flags = (file.flags & ~abi::settable_flags) | (flags & abi::settable_flags);
    return 0;
}

/// Which errors an F_DUPFD with a silly number gives.
Outcome duplicate_above(Process &process, std::uint64_t first, bool close_exec) {
    if (first >= DescriptorTable::capacity) return Error::invalid;
    return duplicate(process, static_cast<std::uint32_t>(first), close_exec);
}

}  // namespace

Outcome call_close(Vfs &vfs, Process &process) {
    TRY(close_one(vfs, process, word(process, 0)));
    return 0;
}

Outcome call_close_range(Vfs &vfs, Process &process) {
    static constexpr std::uint32_t close_exec_only = 4, unshare = 2;
    const std::uint32_t first = word(process, 0), last = word(process, 1), flags = word(process, 2);
    if (first > last || (flags & ~(close_exec_only | unshare)) != 0) return Error::invalid;
    if ((flags & unshare) != 0 && process.descriptors->references > 1) {
        process.descriptors = TRY(process.descriptors->clone());
    }
    for (std::uint32_t i = first; i <= last && i < process.descriptors->end(); ++i) {
        if (process.descriptors->find(i) == nullptr) continue;
        if ((flags & close_exec_only) != 0) {
            process.descriptors->set_close_exec(i, true);
        } else {
            TRY(close_one(vfs, process, i));
        }
    }
    return 0;
}

Outcome call_dup(Vfs &, Process &process) { return duplicate(process, 0, false); }

Outcome call_dup2(Vfs &vfs, Process &process) {
    const std::uint32_t target = word(process, 1);
    if (word(process, 0) == target) {
        TRY(file_of(process, target));
        return static_cast<std::int64_t>(target);
    }
    return duplicate_to(vfs, process, target, false);
}

Outcome call_dup3(Vfs &vfs, Process &process) {
    const std::uint32_t target = word(process, 1), flags = word(process, 2);
    if ((flags & ~abi::open_close_exec) != 0 || word(process, 0) == target) return Error::invalid;
    return duplicate_to(vfs, process, target, flags != 0);
}

Outcome call_fcntl(Vfs &vfs, Process &process) {
    OpenFile *file = TRY(file_of(process, process.call.argument(0)));
    const std::uint32_t descriptor = word(process, 0), argument = word(process, 2);
    switch (word(process, 1)) {
        case abi::f_dupfd: return duplicate_above(process, process.call.argument(2), false);
        case abi::f_dupfd_close_exec: return duplicate_above(process, process.call.argument(2), true);
        case abi::f_getfd: return process.descriptors->close_exec(descriptor) ? abi::fd_close_exec : 0;
        case abi::f_setfd:
            process.descriptors->set_close_exec(descriptor, (argument & abi::fd_close_exec) != 0);
            return 0;
        case abi::f_getfl: return static_cast<std::int64_t>(file->flags | abi::open_large);
        case abi::f_setfl:
            if (file->kind == FileKind::path_only) return Error::bad_descriptor;
            return set_flags(*file, argument);
        case abi::f_getlk:
        case abi::f_setlk:
        case abi::f_setlkw: return lock_range(vfs, process, *file, word(process, 1));
        case abi::f_get_pipe_size:
        case abi::f_set_pipe_size:
            if (file->kind != FileKind::pipe) return Error::bad_descriptor;
            if (word(process, 1) == abi::f_set_pipe_size && argument > pipe_bytes) return Error::not_permitted;
            return pipe_bytes;
        default: return Error::invalid;
    }
}

Outcome call_umask(Vfs &, Process &process) {
    const std::uint32_t old = process.files->umask;
    process.files->umask = word(process, 0) & 0777;
    return static_cast<std::int64_t>(old);
}

}  // namespace axo::vfs
