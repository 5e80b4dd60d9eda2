// Where a read or write that is under way is in its file. One at the file's own position holds it: others
// that want it wait until the cursor goes, however its coroutine ends.
#pragma once

#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {

class Cursor {
public:
    /// At a place of its own: the file's position is not looked at.
    explicit Cursor(std::uint64_t offset) : offset_(offset) {}
    /// At the file's position, which nobody holds.
    explicit Cursor(OpenFile &file) : file_(&file), offset_(file.offset) { file.position_busy = true; }
    static Cursor at(Position position, OpenFile &file) {
        return position.own ? Cursor(position.offset) : Cursor(file);
    }
    Cursor(Cursor &&) = default;
    Cursor &operator=(Cursor &&) = delete;
    ~Cursor() {
        if (file_) release();
    }

    std::uint64_t offset() const { return offset_; }
    void move_to(std::uint64_t offset) {
        offset_ = offset;
        if (file_) file_->offset = offset;
    }
    void advance(std::uint64_t bytes) { move_to(offset_ + bytes); }

private:
    void release() {
        file_->position_busy = false;
        // All of them: one that finds nothing left to do at the new position would not wake the next.
        service().wake_all(file_->position_waiters);
    }

    Ref<OpenFile> file_;
    std::uint64_t offset_;
};

/// Another call holds the position: this one is issued again when it is free.
inline Outcome wait_for_position(Vfs &vfs, Call &call, OpenFile &file) {
    return vfs.wait_on(call, WaitKind::position, file.position_waiters);
}

}  // namespace axo::vfs
