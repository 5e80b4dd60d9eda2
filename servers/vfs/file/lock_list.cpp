// See lock_list.hpp.
#include "servers/vfs/file/lock_list.hpp"

namespace axo::vfs {

const FileLock *LockList::conflict(const FileLock &wanted) const {
    for (const FileLock &lock : locks_) {
        if (lock.kind != wanted.kind || lock.owner == wanted.owner || !lock.overlaps(wanted)) continue;
        if (lock.mode == LockMode::write || wanted.mode == LockMode::write) return &lock;
    }
    return nullptr;
}

Status LockList::set(const FileLock &lock) {
    // Room for the pieces that clear may make and for the new one, so that nothing fails half-way.
    TRY(locks_.reserve(locks_.size() + 2));
    TRY(clear(lock));
    return locks_.push_back(lock);
}

Status LockList::clear(const FileLock &range) {
    TRY(locks_.reserve(locks_.size() + 1));
    for (std::size_t i = 0; i < locks_.size();) {
        FileLock &lock = locks_[i];
        if (!lock.same_owner(range) || !lock.overlaps(range)) {
            ++i;
            continue;
        }
        const FileLock whole = lock;
        const bool keeps_front = whole.start<range.start, keeps_back = whole.last> range.last;
        if (keeps_front) lock.last = range.start - 1;
        if (keeps_back && keeps_front) {
            FileLock back = whole;
            back.start = range.last + 1;
            return locks_.push_back(back);  // it covered the whole range: no other of the owner's can
        }
        if (keeps_back) lock.start = range.last + 1;
        if (keeps_front || keeps_back) {
            ++i;
        } else {
            locks_.swap_remove(i);
        }
    }
    return {};
}

bool LockList::drop_owner(LockOwner owner) {
    const std::size_t before = locks_.size();
    for (std::size_t i = locks_.size(); i-- > 0;) {
        if (locks_[i].owner == owner) locks_.swap_remove(i);
    }
    return locks_.size() != before;
}

}  // namespace axo::vfs
