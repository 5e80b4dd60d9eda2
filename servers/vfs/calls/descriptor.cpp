// close, close_range, dup, dup2, dup3, fcntl, umask.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/lock.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {
namespace {

std::uint32_t word(const Call &call, unsigned index) { return static_cast<std::uint32_t>(call.argument(index)); }

/// POSIX: closing any descriptor of a file ends the process' range locks on it.
Status close_one(Vfs &vfs, Call &call, std::uint32_t descriptor) {
    Ref<OpenFile> file = TRY(call.descriptors()->take(descriptor));
    if (!file->vnode->locks.empty()) drop_locks(vfs, *file->vnode, call.descriptors());
    return {};
}

Outcome duplicate(Call &call, std::uint32_t first, bool close_exec) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    return static_cast<std::int64_t>(TRY(call.descriptors()->install(Ref<OpenFile>(file), close_exec, first)));
}

Outcome duplicate_to(Vfs &vfs, Call &call, std::uint32_t target, bool close_exec) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    Ref<OpenFile> old = TRY(call.descriptors()->replace(target, Ref<OpenFile>(file), close_exec));
    if (old && !old->vnode->locks.empty()) drop_locks(vfs, *old->vnode, call.descriptors());
    return static_cast<std::int64_t>(target);
}

Outcome set_flags(OpenFile &file, std::uint32_t flags) {
    file.flags = (file.flags & ~abi::settable_flags) | (flags & abi::settable_flags);
    return 0;
}

/// Which errors an F_DUPFD with a silly number gives.
Outcome duplicate_above(Call &call, std::uint64_t first, bool close_exec) {
    if (first >= DescriptorTable::capacity) return Error::invalid;
    return duplicate(call, static_cast<std::uint32_t>(first), close_exec);
}

}  // namespace

Outcome call_close(Vfs &vfs, Call &call) {
    TRY(close_one(vfs, call, word(call, 0)));
    return 0;
}

Outcome call_close_range(Vfs &vfs, Call &call) {
    static constexpr std::uint32_t close_exec_only = 4, unshare = 2;
    const std::uint32_t first = word(call, 0), last = word(call, 1), flags = word(call, 2);
    if (first > last || (flags & ~(close_exec_only | unshare)) != 0) return Error::invalid;
    if ((flags & unshare) != 0 && call.descriptors()->references > 1) {
        call.process->descriptors = TRY(call.descriptors()->clone());
    }
    for (std::uint32_t i = first; i <= last && i < call.descriptors()->end(); ++i) {
        if (call.descriptors()->find(i) == nullptr) continue;
        if ((flags & close_exec_only) != 0) {
            call.descriptors()->set_close_exec(i, true);
        } else {
            TRY(close_one(vfs, call, i));
        }
    }
    return 0;
}

Outcome call_dup(Vfs &, Call &call) { return duplicate(call, 0, false); }

Outcome call_dup2(Vfs &vfs, Call &call) {
    const std::uint32_t target = word(call, 1);
    if (word(call, 0) == target) {
        TRY(file_of(call, target));
        return static_cast<std::int64_t>(target);
    }
    return duplicate_to(vfs, call, target, false);
}

Outcome call_dup3(Vfs &vfs, Call &call) {
    const std::uint32_t target = word(call, 1), flags = word(call, 2);
    if ((flags & ~abi::open_close_exec) != 0 || word(call, 0) == target) return Error::invalid;
    return duplicate_to(vfs, call, target, flags != 0);
}

Outcome call_fcntl(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    const std::uint32_t descriptor = word(call, 0), argument = word(call, 2);
    switch (word(call, 1)) {
        case abi::f_dupfd: return duplicate_above(call, call.argument(2), false);
        case abi::f_dupfd_close_exec: return duplicate_above(call, call.argument(2), true);
        case abi::f_getfd: return call.descriptors()->close_exec(descriptor) ? abi::fd_close_exec : 0;
        case abi::f_setfd:
            call.descriptors()->set_close_exec(descriptor, (argument & abi::fd_close_exec) != 0);
            return 0;
        case abi::f_getfl: return static_cast<std::int64_t>(file->flags | abi::open_large);
        case abi::f_setfl:
            if (operations_of(*file).only_a_path) return Error::bad_descriptor;
            return set_flags(*file, argument);
        case abi::f_getlk:
        case abi::f_setlk:
        case abi::f_setlkw:
        case abi::f_ofd_getlk:
        case abi::f_ofd_setlk:
        case abi::f_ofd_setlkw:
            if (operations_of(*file).only_a_path) return Error::bad_descriptor;
            return lock_range(vfs, call, *file, word(call, 1));
        case abi::f_get_pipe_size:
        case abi::f_set_pipe_size: {
            const std::uint32_t bytes = operations_of(*file).buffer_bytes;
            if (bytes == 0) return Error::bad_descriptor;
            if (word(call, 1) == abi::f_set_pipe_size && argument > bytes) return Error::not_permitted;
            return bytes;
        }
        default: return Error::invalid;
    }
}

Outcome call_umask(Vfs &, Call &call) {
    const std::uint32_t old = call.files().umask;
    call.files().umask = word(call, 0) & 0777;
    return static_cast<std::int64_t>(old);
}

}  // namespace axo::vfs
