// Signals sent to a process and not yet taken, with what their siginfo will say. Standard signals are merged, the
// first one's content stays; real-time signals (32 and up) queue up to a bound, after which they are merged too.
#pragma once

#include "lib/base/vector.hpp"
#include "servers/pm/signals/set.hpp"

namespace axo::pm {

/// What siginfo says, in short.
struct SignalOrigin {
    std::int32_t number = 0, code = 0;
    std::uint32_t pid = 0, uid = 0;
    std::uint64_t value = 0;             // fault address, queued value, or child status
    std::uint64_t user = 0, system = 0;  // of a child, in clock ticks
};

class PendingSignals {
public:
    static constexpr std::size_t bound = 64;
    static constexpr int first_queued = 32;

    explicit PendingSignals(Heap &heap) : origins_(heap) {}

    SignalSet set() const { return set_; }

    /// Without memory the signal is pending all the same; only its origin is lost.
    void add(const SignalOrigin &origin) {
        const bool queues = origin.number >= first_queued && origins_.size() < bound;
        if (set_.has(origin.number) && !queues) return;
        set_.add(origin.number);
        static_cast<void>(origins_.push_back(origin));
    }

    void discard(SignalSet signals) {
        set_ = set_.without(signals);
        for (std::size_t i = origins_.size(); i-- > 0;)
            if (signals.has(origins_[i].number)) origins_.erase(i);
    }

    /// Takes one pending signal of that number.
    SignalOrigin take(int number) {
        SignalOrigin taken{.number = number};
        bool found = false, more = false;
        for (std::size_t i = 0; i < origins_.size();) {
            const bool same = origins_[i].number == number;
            if (same && !found) {
                taken = origins_[i];
                origins_.erase(i);
                found = true;
                continue;
            }
            more = more || same;
            ++i;
        }
        if (!more) set_.remove(number);
        return taken;
    }

private:
    SignalSet set_;
    Vector<SignalOrigin> origins_;
};

}  // namespace axo::pm
