// The decisions of RS that need no system: delays, budgets, who is hung, which request a service may get now.
#pragma once

#include "axo/kernel_call.hpp"
#include "servers/rs/service/service.hpp"

namespace axo::rs::policy {

inline constexpr Nanoseconds work_period = milliseconds(100);  // RS looks at its services; unit of backoff
inline constexpr Nanoseconds default_heartbeat = milliseconds(200);
inline constexpr Nanoseconds stop_limit = seconds(2);       // from SIGTERM to SIGKILL
inline constexpr Nanoseconds init_limit = seconds(20);      // an init that waits for something
inline constexpr Nanoseconds init_work_limit = seconds(1);  // processor time of an init
inline constexpr Nanoseconds default_prepare = seconds(2);
inline constexpr std::uint32_t failure_budget = 8;

/// How long to wait before the start after this many ends without a healthy spell: 0, 2, 4, 8, 16, 30, 30 ... periods;
/// with a copy of the image in memory never more than one.
constexpr Nanoseconds backoff(std::uint32_t failures, bool has_copy) {
    constexpr std::uint64_t most = 30;
    if (failures <= 1) return {0};
    const std::uint32_t exponent = failures - 1 < 30 ? failures - 1 : 30;
    const std::uint64_t periods = 1ull << exponent < most ? 1ull << exponent : most;
    return {(has_copy ? 1 : periods) * work_period.value};
}

/// Processor time after which a service that does not answer is hung.
constexpr Nanoseconds patience(Nanoseconds period) {
    const Nanoseconds twice{2 * period.value};
    if (twice < milliseconds(100)) return milliseconds(100);
    return twice < milliseconds(400) ? twice : milliseconds(400);
}

/// What to believe of the processor time a service seems to have used between two looks. If the whole machine stood
/// still (the host stopped it, or was busy itself) the clock ran on and the service that was at work then is charged
/// for it; RS would have looked several times in a span that long.
constexpr Nanoseconds believable(Nanoseconds used) {
    const Nanoseconds most{2 * work_period.value};
    return used < most ? used : most;
}

/// `used`: processor time since the ping; `waited`: time since the ping. On a loaded machine time alone proves nothing:
/// hung is only who used the processor without answering, or lies blocked on somebody who is no helper of all services.
constexpr bool is_hung(const ProcessInfo &info, Nanoseconds used, Nanoseconds waited, Nanoseconds limit) {
    if (info.in_receive != 0) return false;
    if (info.blocked_on == endpoint::none) return used >= limit;
    const bool helper =
        info.blocked_on == endpoint::vm || info.blocked_on == endpoint::ds || info.blocked_on == endpoint::rs;
    return !helper && waited >= limit;
}

/// May this service get this request now (ref 3.4.1, items 2 to 5)? Of the core nobody but RS itself is spared an
/// update, and nobody gets anything else. Errors: not_permitted, busy.
constexpr Status admits(const Service &service, Wish wish) {
    if (service.label == "rs") return Error::not_permitted;
    const bool has_task = service.wish != Wish::none || service.owes_answer() || service.phase == Phase::initialising ||
                          service.phase == Phase::created || service.phase == Phase::updating ||
                          service.phase == Phase::stopping;
    if (has_task) return Error::busy;
    if (service.has(service_flag::of_mount)) return Error::not_permitted;
    if (service.core()) return wish == Wish::update ? Status{} : Status{Error::not_permitted};
    if (service.dead()) return wish == Wish::down || wish == Wish::restart ? Status{} : Status{Error::not_permitted};
    return wish == Wish::restart ? Status{Error::busy} : Status{};
}

/// What is to be done with a service next.
enum class Deed : std::uint8_t { nothing, start, end, lose, revive, restart, refresh, update };

constexpr Deed next_deed(const Service &service) {
    if (service.phase == Phase::initialising && !service.active.exists()) return Deed::start;
    if (service.wish == Wish::down) return Deed::end;
    if (service.dead()) return service.wish == Wish::restart ? Deed::restart : Deed::nothing;
    if (service.active.dead) return service.has(service_flag::of_mount) ? Deed::lose : Deed::revive;
    if (service.wish == Wish::refresh) return Deed::refresh;
    return service.wish == Wish::update ? Deed::update : Deed::nothing;
}

/// Signals after which the kernel lets nothing reach the process any more: ILL TRAP ABRT BUS FPE KILL SEGV PIPE.
constexpr bool ends_process(int signal) {
    constexpr std::uint64_t set = 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 10 | 1u << 12;
    return signal >= 1 && signal <= 64 && (set >> (signal - 1) & 1) != 0;
}

}  // namespace axo::rs::policy
