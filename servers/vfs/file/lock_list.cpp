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

Status LockList::insert(const FileLock &lock) {
    TRY(locks_.push_back(lock));
    for (std::size_t i = locks_.size() - 1; i > 0 && locks_[i - 1].start > locks_[i].start; --i)
        std::swap(locks_[i - 1], locks_[i]);
    return {};
}

Status LockList::set(const FileLock &lock) {
    // Room for the pieces that clear may make and for the new one, so that nothing fails half-way.
    TRY(locks_.reserve(locks_.size() + 2));
    TRY(clear(lock));
    FileLock joined = lock;
    for (std::size_t i = locks_.size(); i-- > 0;) {
        const FileLock &neighbour = locks_[i];
        if (!neighbour.continues(lock)) continue;
        if (neighbour.start < joined.start) joined.start = neighbour.start;
        if (neighbour.last > joined.last) joined.last = neighbour.last;
        locks_.erase(i);
    }
    return insert(joined);
}

Status LockList::clear(const FileLock &range) {
    TRY(locks_.reserve(locks_.size() + 1));
    for (std::size_t i = 0; i < locks_.size();) {
        FileLock &lock = locks_[i];
        if (!lock.same_owner(range) || !lock.overlaps(range)) {
            ++i;
            continue;
        }
        FileLock back = lock;
        const bool keeps_front = lock.start<range.start, keeps_back = lock.last> range.last;
        back.start = range.last + 1;
        if (keeps_front) {
            lock.last = range.start - 1;
            ++i;
        } else {
            locks_.erase(i);
        }
        if (keeps_back) return insert(back);  // those behind it of this owner begin behind the range too
    }
    return {};
}

bool LockList::drop_owner(LockOwner owner) {
    const std::size_t before = locks_.size();
    for (std::size_t i = locks_.size(); i-- > 0;) {
        if (locks_[i].owner == owner) locks_.erase(i);
    }
    return locks_.size() != before;
}

bool LockList::drop_whole(const OpenFile *owner) {
    for (std::size_t i = 0; i < locks_.size(); ++i) {
        if (locks_[i].kind != LockKind::whole || !(locks_[i].owner == LockOwner(owner))) continue;
        locks_.erase(i);
        return true;
    }
    return false;
}

}  // namespace axo::vfs
