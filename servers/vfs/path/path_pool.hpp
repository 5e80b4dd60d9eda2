// Buffers of PATH_MAX bytes that calls lease, so that no coroutine frame holds one.
#pragma once

#include <array>

#include "lib/base/owned.hpp"
#include "servers/vfs/path/path_text.hpp"

namespace axo::vfs {

class PathPool {
public:
    static constexpr std::size_t kept_max = 8;

    PathPool() = default;
    PathPool(const PathPool &) = delete;
    PathPool &operator=(const PathPool &) = delete;

    /// Errors: no_memory.
    Result<PathText *> take() {
        if (kept_ != 0) return spare_[--kept_];
        return create<PathText>(arena_heap());
    }
    void give_back(PathText *path) {
        if (kept_ < kept_max) {
            spare_[kept_++] = path;
        } else {
            destroy(arena_heap(), path);
        }
    }

private:
    std::array<PathText *, kept_max> spare_{};
    std::size_t kept_ = 0;
};

/// A leased buffer.
class PathLease {
public:
    explicit PathLease(PathPool &pool) : pool_(&pool) {
        if (const Result<PathText *> taken = pool.take()) path_ = *taken;
    }
    PathLease(PathLease &&other) noexcept : pool_(other.pool_), path_(std::exchange(other.path_, nullptr)) {}
    PathLease &operator=(PathLease &&) = delete;
    ~PathLease() {
        if (path_ != nullptr) pool_->give_back(path_);
    }

    /// False: there was no memory.
    explicit operator bool() const { return path_ != nullptr; }
    PathText *get() const { return path_; }
    PathText *operator->() const { return path_; }
    PathText &operator*() const { return *path_; }

private:
    PathPool *pool_;
    PathText *path_ = nullptr;
};

}  // namespace axo::vfs
