// Nanoseconds from the TSC by multiplication; deadlines by the APIC's countdown, in as many parts as its width needs.
#include "kernel/arch/x86_64/time.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/apic.hpp"
#include "kernel/arch/x86_64/reference_clock.hpp"

namespace axo::kernel::arch {
namespace {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::uint64_t window_per_second = 500;  // the measurement takes 1/500 s
constexpr std::uint64_t no_deadline = ~0ull;
constexpr unsigned tries = 5;

/// value * factor / 2^32
class Scale {
public:
    void set(std::uint64_t to, std::uint64_t from) {
        factor_ = static_cast<std::uint64_t>((static_cast<unsigned __int128>(to) << 32) / from);
    }
    std::uint64_t operator()(std::uint64_t value) const {
        return static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * factor_ >> 32);
    }

private:
    std::uint64_t factor_ = 0;
};

struct Sample {
    std::uint64_t tsc;
    std::uint32_t reference, apic;
};

std::uint64_t tsc_hz, tsc_at_boot;
Scale tsc_to_ns, ns_to_apic;
std::uint64_t deadline = no_deadline;

/// The three clocks at one moment: of some tries the one that took least, because the host may interrupt.
Sample take_sample(const ReferenceClock &clock) {
    Sample best{};
    std::uint64_t best_span = ~0ull;
    for (unsigned i = 0; i < tries; ++i) {
        const std::uint64_t before = timestamp();
        const std::uint32_t reference = clock.read();
        const std::uint32_t apic = apic_timer_count();
        const std::uint64_t span = timestamp() - before;
        if (span >= best_span) continue;
        best_span = span;
        best = {before + span / 2, reference, apic};
    }
    return best;
}

void arm(std::uint64_t now_ns) {
    const std::uint64_t left = deadline > now_ns ? deadline - now_ns : 0;
    const std::uint64_t count = ns_to_apic(left) + 1;
    start_apic_timer(count < 0xffff'ffff ? static_cast<std::uint32_t>(count) : 0xffff'ffff);
}

}  // namespace

void start_time() {
    const ReferenceClock clock = ReferenceClock::start();
    start_apic_timer(0xffff'ffff);
    const Sample first = take_sample(clock);
    const std::uint64_t window = clock.hz() / window_per_second;
    while (clock.read() - first.reference < window) asm volatile("pause");
    const Sample last = take_sample(clock);
    start_apic_timer(0);

    const std::uint64_t elapsed = last.reference - first.reference;
    tsc_hz = (last.tsc - first.tsc) * clock.hz() / elapsed;
    const std::uint64_t apic_hz = static_cast<std::uint64_t>(first.apic - last.apic) * clock.hz() / elapsed;
    if (tsc_hz == 0 || apic_hz == 0) panic("the clock does not run");
    tsc_to_ns.set(nanoseconds_per_second, tsc_hz);
    ns_to_apic.set(apic_hz, nanoseconds_per_second);
    tsc_at_boot = timestamp();
}

std::uint64_t timestamp_hz() { return tsc_hz; }
std::uint64_t timestamp_at_boot() { return tsc_at_boot; }

Nanoseconds now() { return {tsc_to_ns(timestamp() - tsc_at_boot)}; }

void set_timer(Nanoseconds at) {
    if (at.value == deadline) return;  // runs already
    deadline = at.value;
    if (deadline == no_deadline)
        start_apic_timer(0);
    else
        arm(now().value);
}

bool timer_is_due() {
    if (deadline == no_deadline) return false;
    const std::uint64_t now_ns = now().value;
    if (now_ns < deadline) {
        arm(now_ns);
        return false;
    }
    deadline = no_deadline;
    return true;
}

}  // namespace axo::kernel::arch
