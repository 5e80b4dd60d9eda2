// See lock.hpp; and flock(2).
#include "servers/vfs/calls/lock.hpp"

#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint64_t end_of_file = ~std::uint64_t{0} >> 1;

Result<std::int64_t> base_of(const OpenFile &file, std::int16_t whence) {
    switch (static_cast<abi::Whence>(whence)) {
        case abi::Whence::set: return 0;
        case abi::Whence::current: return static_cast<std::int64_t>(file.offset);
        case abi::Whence::end: return static_cast<std::int64_t>(file.vnode->size);
    }
    return Error::invalid;
}

/// The byte range a struct flock means; a negative length reaches backwards.
Status range_of(const OpenFile &file, const abi::Flock &asked, FileLock &lock) {
    const std::int64_t base = TRY(base_of(file, asked.whence));
    std::int64_t start = 0, end = 0;
    if (__builtin_add_overflow(base, asked.start, &start)) return Error::overflow;
    if (__builtin_add_overflow(start, asked.length, &end)) return Error::overflow;
    if (asked.length < 0) std::swap(start, end);
    if (start < 0) return Error::invalid;
    lock.start = static_cast<std::uint64_t>(start);
    lock.last = asked.length == 0 ? end_of_file : static_cast<std::uint64_t>(end) - 1;
    return {};
}

Outcome report_conflict(Call &call, const FileLock *conflict, abi::Flock asked, VirtAddr address) {
    if (conflict == nullptr) {
        asked.type = abi::lock_unlock;
    } else {
        asked.type = static_cast<std::int16_t>(conflict->mode == LockMode::write ? abi::lock_write : abi::lock_read);
        asked.whence = 0;
        asked.start = static_cast<std::int64_t>(conflict->start);
        asked.length =
            conflict->last == end_of_file ? 0 : static_cast<std::int64_t>(conflict->last - conflict->start + 1);
        asked.pid = static_cast<std::int32_t>(conflict->pid);
    }
    TRY(copy_out(call, address, &asked, sizeof asked));
    return 0;
}

Outcome take_lock(Vfs &vfs, Call &call, OpenFile &file, const FileLock &lock, bool wait) {
    if (file.vnode->locks.conflict(lock) == nullptr) {
        TRY(file.vnode->locks.set(lock));
        vfs.wake_all(vfs.state.lock_waiters);  // a write lock may have become a read lock
        return 0;
    }
    if (!wait) return Error::again;
    return vfs.wait_on(call, WaitKind::lock, vfs.state.lock_waiters);
}

}  // namespace

Outcome lock_range(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t command) {
    abi::Flock asked{};
    TRY(copy_in(call, call.address(2), &asked, sizeof asked));
    FileLock lock{LockKind::range, LockMode::read, call.descriptors(), 0, 0, call.process->pid, 0};
    TRY(range_of(file, asked, lock));
    if (asked.type == abi::lock_unlock && command != abi::f_getlk) {
        TRY(file.vnode->locks.clear(lock));
        vfs.wake_all(vfs.state.lock_waiters);
        return 0;
    }
    if (asked.type != abi::lock_read && asked.type != abi::lock_write) return Error::invalid;
    if (asked.type == abi::lock_write) lock.mode = LockMode::write;
    if (command == abi::f_getlk) {
        return report_conflict(call, file.vnode->locks.conflict(lock), asked, call.address(2));
    }
    if (lock.mode == LockMode::write ? !file.writable() : !file.readable()) return Error::bad_descriptor;
    return take_lock(vfs, call, file, lock, command == abi::f_setlkw);
}

Outcome call_flock(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    const auto operation = static_cast<std::uint32_t>(call.argument(1));
    FileLock lock{LockKind::whole, LockMode::read, file, 0, end_of_file, call.process->pid, 0};
    switch (operation & ~abi::flock_nonblock) {
        case abi::flock_unlock: drop_locks(vfs, *file->vnode, file); return 0;
        case abi::flock_exclusive: lock.mode = LockMode::write; break;
        case abi::flock_shared: break;
        default: return Error::invalid;
    }
    file->locked = true;
    return take_lock(vfs, call, *file, lock, (operation & abi::flock_nonblock) == 0);
}

void drop_locks(Vfs &vfs, Vnode &vnode, LockOwner owner) {
    if (vnode.locks.drop_owner(owner)) vfs.wake_all(vfs.state.lock_waiters);
}

}  // namespace axo::vfs
