// What a file system has on its way to the device. A block that changes its use (a directory's becomes a file's, or the
// reverse) has a copy in another cache then; while its old content is still being written, the new one must wait, or a
// device that answers late would keep the older of the two.
#pragma once

#include <cstdint>

#include "lib/base/list.hpp"

namespace axo::fs {

class InFlight {
public:
    /// One transfer; lies in the coroutine's frame and goes with it.
    struct Write {
        ListNode node;
        std::uint32_t first, count;  // blocks of the device
        std::uint64_t since;         // number of the oldest change in it
    };

    void add(Write &write) { writes_.push_back(write); }
    bool touches(std::uint32_t block) {
        for (const Write &write : writes_)
            if (block - write.first < write.count) return true;
        return false;
    }
    /// Whether a change of this number or a smaller one is under way.
    bool has_since(std::uint64_t newest) {
        for (const Write &write : writes_)
            if (write.since <= newest) return true;
        return false;
    }

private:
    IntrusiveList<Write, &Write::node> writes_;
};

}  // namespace axo::fs
