// Texts whose readers may go on: who reads a file in pieces sees the text as it was at the first one. Of the files read
// last; a reader that was overtaken by more than that many others sees a new text in the middle.
#pragma once

#include <array>

#include "lib/base/string.hpp"
#include "servers/procfs/tree.hpp"

namespace axo::procfs {

class Snapshots {
public:
    static constexpr std::size_t capacity = 16;

    /// Null: none is kept.
    const String *find(Inode inode) {
        for (Snapshot &snapshot : all_) {
            if (snapshot.used == 0 || snapshot.inode != inode) continue;
            snapshot.used = ++clock_;
            return &snapshot.text;
        }
        return nullptr;
    }
    /// In the place of an older one of the same file, or of the one not read for longest.
    const String &keep(Inode inode, String text) {
        Snapshot *chosen = &all_[0];
        for (Snapshot &snapshot : all_) {
            if (snapshot.inode == inode) {
                chosen = &snapshot;
                break;
            }
            if (snapshot.used < chosen->used) chosen = &snapshot;
        }
        chosen->inode = inode;
        chosen->used = ++clock_;
        chosen->text = std::move(text);
        return chosen->text;
    }

private:
    struct Snapshot {
        Inode inode{0};
        std::uint64_t used = 0;  // when, in reads; 0: empty
        String text{scratch_heap()};
    };
    std::array<Snapshot, capacity> all_;
    std::uint64_t clock_ = 0;
};

}  // namespace axo::procfs
