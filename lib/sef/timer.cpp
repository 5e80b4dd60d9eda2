// The timer queue over the kernel alarm.
#include "lib/sef/timer.hpp"

#include "lib/sef/context.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::sef {

TimerQueue &timers() { return context().timers; }

void Timer::set_at(Nanoseconds deadline) {
    cancel();
    deadline_ = deadline;
    context().timers.insert(*this);
}

void Timer::stop() { context().timers.remove(*this); }

Nanoseconds Timer::left() const {
    if (!active()) return {0};
    const Nanoseconds current = sys::now();
    return deadline_ > current ? deadline_ - current : Nanoseconds{0};
}

void TimerQueue::insert(Timer &timer) { heap_.insert(timer); }

void TimerQueue::forget() {
    heap_.forget();
    armed_for_ = {~std::uint64_t{0}};
}

void TimerQueue::on_alarm() {
    armed_for_ = {~std::uint64_t{0}};
    const Nanoseconds current = sys::now();
    while (Timer *first = heap_.first()) {
        if (first->deadline() > current) break;
        heap_.remove(*first);
        first->callback_();
    }
}

void TimerQueue::arm_for(const Timer &first) {
    const Nanoseconds current = sys::now();
    const Nanoseconds left = first.deadline() > current ? first.deadline() - current : Nanoseconds{1};
    if (!sys::set_alarm(left, AlarmMode::relative)) return;  // tried again at the next message
    armed_for_ = first.deadline();
}

}  // namespace axo::sef
