// Who wants to hear that a minor became ready. Of each event a watcher is told once and that is then
// forgotten; it asks again when it still cares.
#pragma once

#include "axo/device_protocol.hpp"
#include "lib/base/vector.hpp"

namespace axo::driver {

class PollWatchers {
public:
    struct Watcher {
        Endpoint who;
        std::uint32_t minor, events;
    };

    explicit PollWatchers(Heap &heap = arena_heap()) : watchers_(heap) {}

    /// Events of the same watcher and minor add up. Errors: no_memory.
    Status watch(Endpoint who, std::uint32_t minor, std::uint32_t events) {
        for (Watcher &watcher : watchers_) {
            if (watcher.who != who || watcher.minor != minor) continue;
            watcher.events |= events;
            return {};
        }
        return watchers_.push_back({who, minor, events});
    }

    /// Calls tell(who, ready events) for each watcher of `minor` that waits for one of `ready`.
    template <typename Tell>
    void became_ready(std::uint32_t minor, std::uint32_t ready, Tell tell) {
        for (std::size_t i = 0; i < watchers_.size();) {
            const Watcher watcher = watchers_[i];
            const std::uint32_t told = watcher.minor == minor ? watcher.events & ready : 0;
            watchers_[i].events &= ~told;
            if (watchers_[i].events == 0)
                watchers_.swap_remove(i);
            else
                ++i;
            if (told != 0) tell(watcher.who, told);
        }
    }

    void forget_minor(std::uint32_t minor) {
        forget([minor](const Watcher &watcher) { return watcher.minor == minor; });
    }
    void forget_watcher(Endpoint who) {
        forget([who](const Watcher &watcher) { return watcher.who == who; });
    }
    void clear() { watchers_.clear(); }
    bool empty() const { return watchers_.empty(); }

private:
    template <typename Match>
    void forget(Match match) {
        for (std::size_t i = 0; i < watchers_.size();) {
            if (match(watchers_[i]))
                watchers_.swap_remove(i);
            else
                ++i;
        }
    }

    Vector<Watcher> watchers_;
};

}  // namespace axo::driver
