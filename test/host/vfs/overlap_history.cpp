// See overlap_history.hpp.
#include "test/host/vfs/overlap_history.hpp"

#include <fcntl.h>

#include <cerrno>
#include <sstream>

namespace axo::overlap {

namespace {

/// What a cancelled call says when it has nothing to show; the kernel makes EINTR of it or issues it again.
constexpr std::int64_t restart = -520;

}  // namespace

bool History::explained() {
    lists_.assign(2 * World().processes.size(), {});
    for (std::size_t i = 0; i < calls.size(); ++i) lists_[calls[i].list].push_back(i);
    seen_.clear();
    most_done_ = 0;
    stuck_at_.clear();
    return search({World(), std::vector<Position>(lists_.size())});
}

const Call *History::current(const Point &at, std::size_t process) const {
    const std::size_t next = at.positions[process].next;
    return next < lists_[process].size() ? &calls[lists_[process][next]] : nullptr;
}

/// Whatever was answered before this call was made comes first.
bool History::may_step(const Point &at, std::size_t process) const {
    const Call *call = current(at, process);
    if (call == nullptr) return false;
    for (std::size_t other = 0; other < lists_.size(); ++other) {
        const Call *theirs = current(at, other);
        if (other != process && theirs != nullptr && theirs->answered < call->invoked) return false;
    }
    return true;
}

/// The lock that the process waits for at this point, if that is what it does.
const Call *History::waits_for_range(const Point &at, unsigned process) const {
    const Call *call = current(at, process);
    return call != nullptr && call->kind == Kind::range_lock && call->endless && call->flags != F_UNLCK ? call
                                                                                                        : nullptr;
}

/// Does the process that asks this wait, over all that wait for each other, for itself?
bool History::in_a_circle(const Point &at, const Call &call) const {
    World world = at.world;
    std::set<unsigned> seen;
    std::vector<unsigned> next;
    const std::set<unsigned> first = holders(world, call);
    next.assign(first.begin(), first.end());
    while (!next.empty()) {
        const unsigned process = next.back();
        next.pop_back();
        if (process == call.process) return true;
        if (!seen.insert(process).second) continue;
        const Call *theirs = waits_for_range(at, process);
        if (theirs == nullptr || theirs->invoked > call.answered) continue;
        for (const unsigned holder : holders(world, *theirs)) next.push_back(holder);
    }
    return false;
}

/// Who waits for one process only, round to itself, should have been told.
bool History::is_told_late(const Point &at) const {
    World world = at.world;
    for (std::size_t first = 0; first < world.processes.size(); ++first) {
        std::set<std::size_t> seen;
        for (std::size_t process = first;;) {
            const Call *call = waits_for_range(at, static_cast<unsigned>(process));
            if (call == nullptr) break;
            const std::set<unsigned> in_the_way = holders(world, *call);
            if (in_the_way.size() != 1) break;
            process = *in_the_way.begin();
            if (process == first) return true;
            if (!seen.insert(process).second) break;
        }
    }
    return false;
}

bool History::finished(const Point &at) const {
    if (is_told_late(at)) return false;
    for (std::size_t process = 0; process < lists_.size(); ++process) {
        const Call *call = current(at, process);
        if (call == nullptr) continue;
        if (call->answered != never || call->killed) return false;
        World world = at.world;
        Progress progress = at.positions[process].progress;
        if (advance(world, *call, progress, 0).what != Advance::blocked) return false;
    }
    return true;
}

std::string History::key_of(const Point &at) {
    std::ostringstream text;
    for (const Position &position : at.positions) {
        text << position.next << '.' << position.progress.phase << '.' << position.progress.first << '.'
             << position.progress.second << ' ';
    }
    return text.str() + at.world.key();
}

bool History::search(const Point &at) {
    if (!seen_.insert(key_of(at)).second) return false;
    std::size_t done = 0;
    for (const Position &position : at.positions) done += position.next;
    if (done >= most_done_) {
        most_done_ = done;
        stuck_at_.clear();
        for (std::size_t i = 0; i < lists_.size(); ++i) {
            if (current(at, i) != nullptr) stuck_at_.push_back(lists_[i][at.positions[i].next]);
        }
    }
    if (finished(at)) return true;
    for (std::size_t process = 0; process < lists_.size(); ++process) {
        if (may_step(at, process) && (try_step(at, process) || ends(at, process))) return true;
    }
    return false;
}

bool History::try_step(const Point &at, std::size_t process) {
    Point after = at;
    Position &position = after.positions[process];
    const std::size_t index = lists_[process][position.next];
    const Call &call = calls[index];
    const Advance step = advance(after.world, call, position.progress, static_cast<int>(index));
    if (step.what == Advance::blocked) return false;
    if (step.what == Advance::done) {
        if (call.answered == never && !call.killed) return false;
        if (!call.killed && (step.result != call.result || step.got != call.got)) return false;
        finish(after, process, call);
    }
    return search(after);
}

void History::finish(Point &at, std::size_t process, const Call &call) {
    ++at.positions[process].next;
    at.positions[process].progress = {};
    if (call.killed) at.world.let_go(call.process);
}

/// A call that ends before its next step: it was cancelled before it did anything, there was no memory, or its process
/// is gone.
bool History::ends(const Point &at, std::size_t process) {
    const Call &call = *current(at, process);
    const Progress &progress = at.positions[process].progress;
    const bool polls = call.kind == Kind::poll || call.kind == Kind::select;
    const bool says_so = call.result == (polls ? -EINTR : restart);
    const bool unchanged = call.kind == Kind::open || progress.first == 0;
    const bool cancelled = call.cancelled && says_so && unchanged;
    const bool part =
        call.cancelled && call.kind == Kind::write && progress.first != 0 && call.result == progress.first;
    const bool no_memory = call.short_of_memory && call.result == -ENOMEM;
    const bool deadlock = call.kind == Kind::range_lock && call.result == -EDEADLK && in_a_circle(at, call);
    if (!cancelled && !part && !no_memory && !deadlock && !call.killed) return false;
    Point after = at;
    finish(after, process, call);
    return search(after);
}

std::string History::text() const {
    std::ostringstream out;
    for (std::size_t i = 0; i < calls.size(); ++i) out << i << " " << calls[i].text() << "\n";
    out << "no order explains more than " << most_done_ << " calls; then wait:";
    for (const std::size_t index : stuck_at_) out << " " << index;
    return out.str();
}

}  // namespace axo::overlap
