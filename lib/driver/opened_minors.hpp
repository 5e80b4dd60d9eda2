// Which minors are open at this incarnation, and how often. A request to another minor was meant for
// a predecessor and is refused. No limit; a minor is forgotten at its last close.
#pragma once

#include "lib/base/vector.hpp"

namespace axo::driver {

class OpenedMinors {
public:
    explicit OpenedMinors(Heap &heap = arena_heap()) : entries_(heap) {}

    /// One more open. Errors: no_memory.
    Status add(std::uint32_t minor) {
        if (Entry *entry = find(minor)) {
            ++entry->opens;
            return {};
        }
        return entries_.push_back({minor, 1});
    }

    bool contains(std::uint32_t minor) const {
        for (const Entry &entry : entries_)
            if (entry.minor == minor) return true;
        return false;
    }

    enum class Closed { not_open, still_open, last };
    Closed remove(std::uint32_t minor) {
        Entry *entry = find(minor);
        if (entry == nullptr) return Closed::not_open;
        if (--entry->opens > 0) return Closed::still_open;
        entries_.swap_remove(static_cast<std::size_t>(entry - entries_.begin()));
        return Closed::last;
    }

    void clear() { entries_.clear(); }
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::uint32_t minor, opens;
    };

    Entry *find(std::uint32_t minor) {
        for (Entry &entry : entries_)
            if (entry.minor == minor) return &entry;
        return nullptr;
    }

    Vector<Entry> entries_;
};

}  // namespace axo::driver
