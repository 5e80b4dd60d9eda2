// Any number of timers over the one kernel alarm of the process. The alarm is set only when a timer
// is due earlier than it, and never cancelled: an early alarm finds nothing due and is set anew.
#pragma once

#include <coroutine>

#include "axo/types.hpp"
#include "lib/base/callback.hpp"
#include "lib/base/pairing_heap.hpp"
#include "lib/sef/coroutine.hpp"
#include "lib/sys/clock.hpp"

namespace axo::sef {

/// Calls back once, from the main loop, when its time has come. Lives outside the State; may be
/// set anew inside its own callback. Not movable.
class Timer {
public:
    Timer() = default;
    explicit Timer(Callback callback) : callback_(callback) {}
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;
    ~Timer() { cancel(); }

    void set_callback(Callback callback) { callback_ = callback; }
    void set(Nanoseconds from_now) { set_at(sys::now() + from_now); }
    void set_at(Nanoseconds deadline);
    void cancel() {
        if (active()) stop();
    }

    bool active() const { return node_.queued(); }
    Nanoseconds deadline() const { return deadline_; }
    /// Time left, 0 when inactive or due.
    Nanoseconds left() const;

    bool before(const Timer &other) const { return deadline_ < other.deadline_; }

private:
    friend class TimerQueue;
    void stop();

    PairingNode node_;
    Nanoseconds deadline_{0};
    Callback callback_;
};

/// All timers of the process; the main loop gives it the kernel's alarms.
class TimerQueue {
public:
    void insert(Timer &timer);
    void remove(Timer &timer) { heap_.remove(timer); }
    /// Calls back what is due and sets the alarm for the rest.
    void on_alarm();
    /// Sets the kernel alarm if something is due before it.
    void arm() {
        Timer *first = heap_.first();
        if (first != nullptr && first->deadline() < armed_for_) arm_for(*first);
    }
    /// See forget_coroutines.
    void forget();

private:
    void arm_for(const Timer &first);

    PairingHeap<Timer, &Timer::node_> heap_;
    Nanoseconds armed_for_{~std::uint64_t{0}};
};

TimerQueue &timers();

/// co_await sef::delay(milliseconds(5));
inline auto delay(Nanoseconds time) {
    struct Awaitable {
        Nanoseconds time;
        struct Sleep {
            Timer timer;
            Waiter waiter;
            void wake() { make_ready(waiter); }
        };
        alignas(Sleep) std::byte storage[sizeof(Sleep)];
        Sleep *sleep() { return std::launder(reinterpret_cast<Sleep *>(storage)); }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) noexcept {
            Sleep *asleep = ::new (storage) Sleep;
            asleep->waiter.handle = handle;
            asleep->timer.set_callback(bind<&Sleep::wake>(*asleep));
            asleep->timer.set(time);
        }
        void await_resume() noexcept { sleep()->~Sleep(); }
    };
    return Awaitable{.time = time, .storage = {}};
}

}  // namespace axo::sef
