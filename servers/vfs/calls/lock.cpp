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
    std::int64_t start = 0, last = 0;  // the last may be the last there is
    if (__builtin_add_overflow(base, asked.start, &start)) return Error::overflow;
    if (asked.length < 0) {
        last = start;
        if (__builtin_add_overflow(start, asked.length, &start)) return Error::invalid;
        --last;
    } else if (__builtin_add_overflow(start, asked.length - 1, &last)) {
        return Error::overflow;
    }
    if (start < 0) return Error::invalid;
    lock.start = static_cast<std::uint64_t>(start);
    lock.last = asked.length == 0 ? end_of_file : static_cast<std::uint64_t>(last);
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

/// Who holds what this one's processes wait for; null if they do not wait for a range.
const DescriptorTable *awaited_by(Vfs &vfs, const DescriptorTable *table) {
    for (WaitLink &link : vfs.state.lock_waiters) {
        const auto &waiter = static_cast<const Call &>(link);
        if (waiter.lock_holder != nullptr && waiter.descriptors() == table) return waiter.lock_holder;
    }
    return nullptr;
}

/// Would the wait for `holder` close a circle? Only one of several holders is remembered of each waiter: a circle
/// through another one is seen when that waiter is issued again, at the next change of any lock.
bool would_deadlock(Vfs &vfs, const Call &call, const DescriptorTable *holder) {
    static constexpr int longest_chain = 16;  // a longer one is not looked for
    for (int length = 0; holder != nullptr && length < longest_chain; ++length) {
        if (holder == call.descriptors()) return true;
        holder = awaited_by(vfs, holder);
    }
    return false;
}

enum class Wait { no, until_free };

Outcome take_lock(Vfs &vfs, Call &call, OpenFile &file, const FileLock &lock, Wait wait) {
    call.lock_holder = nullptr;
    const FileLock *const conflict = file.vnode->locks.conflict(lock);
    if (conflict == nullptr) {
        TRY(file.vnode->locks.set(lock));
        vfs.wake_all(vfs.state.lock_waiters);  // a write lock may have become a read lock
        return 0;
    }
    if (wait == Wait::no) return Error::again;
    // An open file's lock may be ended by anybody who has the file: it is part of no circle.
    const bool both_of_processes = conflict->owner.table != nullptr && lock.owner.table != nullptr;
    if (both_of_processes && would_deadlock(vfs, call, conflict->owner.table)) return Error::deadlock;
    if (both_of_processes) call.lock_holder = conflict->owner.table;
    return vfs.wait_on(call, WaitKind::lock, vfs.state.lock_waiters);
}

}  // namespace

Outcome lock_range(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t command) {
    const bool of_file = command >= abi::f_ofd_getlk && command <= abi::f_ofd_setlkw;
    const std::uint32_t what = of_file ? command - abi::f_ofd_getlk + abi::f_getlk : command;
    abi::Flock asked{};
    TRY(copy_in(call, call.address(2), &asked, sizeof asked));
    if (of_file && asked.pid != 0) return Error::invalid;
    const LockOwner owner = of_file ? LockOwner(&file) : LockOwner(call.descriptors());
    FileLock lock{LockKind::range, LockMode::read, owner, 0, 0, of_file ? ~0u : call.process->pid, 0};
    TRY(range_of(file, asked, lock));
    if (asked.type == abi::lock_unlock && what != abi::f_getlk) {
        TRY(file.vnode->locks.clear(lock));
        vfs.wake_all(vfs.state.lock_waiters);
        return 0;
    }
    if (asked.type != abi::lock_read && asked.type != abi::lock_write) return Error::invalid;
    if (asked.type == abi::lock_write) lock.mode = LockMode::write;
    if (what == abi::f_getlk) {
        return report_conflict(call, file.vnode->locks.conflict(lock), asked, call.address(2));
    }
    if (lock.mode == LockMode::write ? !file.writable() : !file.readable()) return Error::bad_descriptor;
    if (of_file) file.locked = true;
    return take_lock(vfs, call, file, lock, what == abi::f_setlkw ? Wait::until_free : Wait::no);
}

Outcome call_flock(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    const auto operation = static_cast<std::uint32_t>(call.argument(1));
    FileLock lock{LockKind::whole, LockMode::read, file, 0, end_of_file, call.process->pid, 0};
    switch (operation & ~abi::flock_nonblock) {
        case abi::flock_unlock:
            if (file->vnode->locks.drop_whole(file)) vfs.wake_all(vfs.state.lock_waiters);
            return 0;
        case abi::flock_exclusive: lock.mode = LockMode::write; break;
        case abi::flock_shared: break;
        default: return Error::invalid;
    }
    file->locked = true;
    // A change of mode gives the old lock back first: so two who share it may both ask to have it alone.
    if (file->vnode->locks.conflict(lock) != nullptr && file->vnode->locks.drop_whole(file))
        vfs.wake_all(vfs.state.lock_waiters);
    const bool waits = (operation & abi::flock_nonblock) == 0;
    return take_lock(vfs, call, *file, lock, waits ? Wait::until_free : Wait::no);
}

void drop_range_locks(Vfs &vfs, const DescriptorTable &table, Descriptors which) {
    for (std::uint32_t i = 0; i < table.end(); ++i) {
        const OpenFile *file = table.find(i);
        if (file == nullptr || file->vnode->locks.empty()) continue;
        if (which == Descriptors::all || table.close_exec(i)) drop_locks(vfs, *file->vnode, &table);
    }
}

void drop_locks(Vfs &vfs, Vnode &vnode, LockOwner owner) {
    if (vnode.locks.drop_owner(owner)) vfs.wake_all(vfs.state.lock_waiters);
}

}  // namespace axo::vfs
