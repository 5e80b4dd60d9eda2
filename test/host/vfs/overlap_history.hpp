// Does some order of the steps of all calls explain what was observed? A search over interleavings: a call takes effect
// between the moment it was made and the moment it was answered, those of one process one after the other.
#pragma once

#include <optional>
#include <set>

#include "test/host/vfs/overlap_model.hpp"

namespace axo::overlap {

class History {
public:
    /// In the order in which they were made.
    std::vector<Call> calls;

    /// True if some interleaving gives every answer that came, and leaves every call that got none waiting.
    bool explained();
    /// All calls, a line each, and how far the best interleaving came.
    std::string text() const;

private:
    struct Position {
        std::size_t next = 0;  // in its process' list
        Progress progress;
    };
    struct Point {
        World world;
        std::vector<Position> positions;
    };

    bool search(const Point &at);
    bool finished(const Point &at) const;
    const Call *current(const Point &at, std::size_t process) const;
    bool may_step(const Point &at, std::size_t process) const;
    bool try_step(const Point &at, std::size_t process);
    bool ends(const Point &at, std::size_t process);
    const Call *waits_for_range(const Point &at, unsigned process) const;
    bool in_a_circle(const Point &at, const Call &call) const;
    bool is_told_late(const Point &at) const;
    static void finish(Point &at, std::size_t process, const Call &call);
    static std::string key_of(const Point &at);

    std::vector<std::vector<std::size_t>> lists_;
    std::set<std::string> seen_;
    std::size_t most_done_ = 0;
    std::vector<std::size_t> stuck_at_;
};

}  // namespace axo::overlap
