// Advisory locks of one file: byte ranges (fcntl, owned by a descriptor table or an open file) and whole-file locks
// (flock, owned by an open file). The two kinds do not see each other, as on Linux.
#pragma once

#include "lib/base/vector.hpp"

namespace axo::vfs {

enum class LockKind : std::uint32_t { range, whole };
enum class LockMode : std::uint32_t { read, write };

class DescriptorTable;
struct OpenFile;

/// Whose a lock is; only ever compared.
struct LockOwner {
    LockOwner(const DescriptorTable *of_ranges) : table(of_ranges) {}
    LockOwner(const OpenFile *of_either) : file(of_either) {}
    const DescriptorTable *table = nullptr;
    const OpenFile *file = nullptr;
    friend bool operator==(const LockOwner &, const LockOwner &) = default;
};

struct FileLock {
    LockKind kind;
    LockMode mode;
    LockOwner owner;
    std::uint64_t start, last;    // both inclusive
    std::uint32_t pid, reserved;  // what F_GETLK tells: ~0 of an open file's

    bool overlaps(const FileLock &other) const { return start <= other.last && other.start <= last; }
    bool same_owner(const FileLock &other) const { return kind == other.kind && owner == other.owner; }
    /// Both can be told as one.
    bool continues(const FileLock &other) const {
        const bool touches = last + 1 == other.start || other.last + 1 == start;  // no last is 2^64 - 1
        return same_owner(other) && mode == other.mode && touches;
    }
};

class LockList {
public:
    /// What stands in the way of `wanted`, the one that begins first; or null.
    const FileLock *conflict(const FileLock &wanted) const;
    /// Replaces the owner's locks in that range by `lock`, joined with its neighbours. The caller has checked for
    /// conflicts. Errors: no_memory (nothing changed).
    Status set(const FileLock &lock);
    /// Removes the owner's locks in the range, cutting those that reach out of it. Errors: no_memory.
    Status clear(const FileLock &range);
    /// Removes all locks of this owner; true if there were any.
    bool drop_owner(LockOwner owner);
    /// Removes its lock of the whole file; true if there was one.
    bool drop_whole(const OpenFile *owner);
    bool empty() const { return locks_.empty(); }

private:
    Status insert(const FileLock &lock);

    Vector<FileLock> locks_;  // by their start
};

}  // namespace axo::vfs
