// Sets of signals and what a signal does when nobody handles it. Numbers and bits are Linux': bit n-1 is signal n.
#pragma once

#include "axo/signal.hpp"

#include <bit>
#include <cstdint>

namespace axo::pm {

constexpr bool is_signal(std::int64_t number) { return number >= 1 && number <= signal::last; }

/// A set of signals; an empty one by default.
class SignalSet {
public:
    constexpr SignalSet() = default;
    explicit constexpr SignalSet(std::uint64_t bits) : bits_(bits) {}
    static constexpr SignalSet of(int number) { return SignalSet(1ull << (number - 1)); }

    constexpr bool has(int number) const { return (bits_ >> (number - 1) & 1) != 0; }
    constexpr void add(int number) { bits_ |= 1ull << (number - 1); }
    constexpr void remove(int number) { bits_ &= ~(1ull << (number - 1)); }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr std::uint64_t bits() const { return bits_; }

    constexpr SignalSet with(SignalSet other) const { return SignalSet(bits_ | other.bits_); }
    constexpr SignalSet without(SignalSet other) const { return SignalSet(bits_ & ~other.bits_); }
    constexpr SignalSet both(SignalSet other) const { return SignalSet(bits_ & other.bits_); }

    /// The signal to take next: those a fault caused first, as the handler's context must be the fault's;
    /// then the lowest number. 0: the set is empty.
    constexpr int first() const;

    friend constexpr bool operator==(SignalSet, SignalSet) = default;

private:
    std::uint64_t bits_ = 0;
};

template <typename... N>
constexpr SignalSet signals(N... numbers) {
    SignalSet set;
    (set.add(numbers), ...);
    return set;
}

inline constexpr SignalSet unblockable = signals(signal::kill, signal::stop);
inline constexpr SignalSet stop_signals = signals(signal::stop, signal::tstp, signal::ttin, signal::ttou);
inline constexpr SignalSet fault_signals =
    signals(signal::segv, signal::bus, signal::ill, signal::trap, signal::fpe, signal::sys);
/// Of system processes: a user may not send these to one (ref 6.1 item 5).
inline constexpr SignalSet lethal_signals =
    signals(signal::ill, signal::bus, signal::fpe, signal::segv, signal::abort, signal::stkflt);

constexpr int SignalSet::first() const {
    if (bits_ == 0) return 0;
    const std::uint64_t faults = bits_ & fault_signals.bits_;
    return std::countr_zero(faults != 0 ? faults : bits_) + 1;
}

enum class DefaultAction : std::uint8_t { terminate, core, stop, resume, ignore };

/// What happens when the action is SIG_DFL.
constexpr DefaultAction default_action(int number) {
    constexpr SignalSet ignored = signals(signal::child, signal::urg, signal::winch);
    constexpr SignalSet core = signals(signal::quit, signal::ill, signal::trap, signal::abort, signal::bus, signal::fpe,
                                       signal::segv, signal::xcpu, signal::xfsz, signal::sys);
    if (number == signal::cont) return DefaultAction::resume;
    if (stop_signals.has(number)) return DefaultAction::stop;
    if (ignored.has(number)) return DefaultAction::ignore;
    return core.has(number) ? DefaultAction::core : DefaultAction::terminate;
}

}  // namespace axo::pm
