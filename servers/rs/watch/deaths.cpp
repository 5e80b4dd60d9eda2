// What a signal means for a service, and what is kept of a death.
#include "servers/rs/watch/deaths.hpp"

#include <cstring>

#include "axo/exit_code.hpp"
#include "axo/layout.hpp"
#include "axo/signal.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/service/policy.hpp"
#include "servers/rs/watch/signals.hpp"

namespace axo::rs {

namespace {

const char *signal_name(int signal) {
    switch (signal) {
        case signal::ill: return "illegal instruction";
        case signal::abort: return "abort: it gave up itself";
        case signal::bus: return "bus error";
        case signal::fpe: return "arithmetic exception";
        case signal::kill: return "killed";
        case signal::segv: return "bad memory access";
        case signal::pipe: return "broken pipe";
        default: return "signal";
    }
}

service::Reason reason_of(int signal) {
    if (signal == signal::abort) return service::Reason::exit;
    return signal == signal::kill ? service::Reason::killed : service::Reason::crash;
}

/// Registers and return addresses, for `service trace`. Only the stack, which is always present, is read.
void record_crash(Service &service, Endpoint process, int signal) {
    Context context;
    if (!sys::get_context(process, context)) return;
    Crash &crash = service.crash;
    crash.time = sys::now();
    crash.signal = static_cast<std::uint32_t>(signal);
    std::memcpy(crash.registers, &context, sizeof crash.registers);
    crash.frame_count = 0;
    crash.frames[crash.frame_count++] = context.rip;
    std::uint64_t frame = context.rbp;
    const std::uint64_t stack = layout::stack_end - layout::service_stack_bytes;
    while (crash.frame_count < Crash::frames_max && frame >= stack && frame <= layout::stack_end - 16 &&
           frame % 8 == 0) {
        std::uint64_t link[2];
        if (!sys::copy_from_process(process, VirtAddr{frame}, link, sizeof link) || link[1] == 0) return;
        crash.frames[crash.frame_count++] = link[1];
        if (link[0] <= frame) return;
        frame = link[0];
    }
}

/// Until the core can be recovered its death is an orderly stop.
[[noreturn]] void stop_system(const Service &service, int signal) {
    sys::log("core service %s (endpoint %x) died: %s (%d); the system stops", service.label.text,
             service.active.endpoint.value, signal_name(signal), signal);
    static_cast<void>(sys::shutdown(ShutdownHow::test_exit, static_cast<int>(ExitCode::core_service_died)));
    sys::exit(1);
}

}  // namespace

void note_death(Service &service) {
    if (service.dead()) return;
    service.died = service.active.died;
    service.held_signals = 0;
    service.last_signal = service.active.signal;
    // Where RS itself ended it (refresh, down) its reason stands.
    if (service.phase != Phase::stopping)
        service.reason = service.has(service_flag::hung) ? service::Reason::hang
                                                         : reason_of(static_cast<int>(service.active.signal));
    service.flags &= ~service_flag::hung;
}

bool Deaths::on_signals(Endpoint process, std::uint64_t set) {
    for (int signal = 1; signal <= signal::last; ++signal) {
        if ((set >> (signal - 1) & 1) == 0) continue;
        Service *service = services_.find(process);
        if (service == nullptr) return true;
        if (!on_signal_of(*service, process, signal)) return false;
    }
    return true;
}

bool Deaths::on_signal_of(Service &service, Endpoint process, int signal) {
    if (process == endpoint::rs) {
        if (signal == signal::term) system_.going_down = true;
        return true;
    }
    if (policy::ends_process(signal)) {
        on_death(service, *instance_of(service, process), signal);
        return false;
    }
    pass_on(service, process, signal);
    return true;
}

void Deaths::on_loss(Service &service) {
    if (service.core() && !system_.going_down) stop_system(service, static_cast<int>(service.active.signal));
    note_death(service);
}

void Deaths::on_death(Service &service, Instance &instance, int signal) {
    if (instance.dead) return;
    // Of two versions of the core one may still go on.
    if (service.core() && !system_.going_down && service.phase != Phase::updating) stop_system(service, signal);
    instance.dead = true;
    instance.signal = static_cast<std::uint32_t>(signal);
    instance.died = sys::now();
    // Whose death one in an update is shows when it is over.
    if (&instance == &service.active && service.phase != Phase::updating) note_death(service);
    if (service.phase != Phase::stopping) {
        record_crash(service, instance.endpoint, signal);
        const Endpoint gone = instance.endpoint;
        const bool is_new = service.phase == Phase::updating && (&instance == &service.active) == service.work.swapped;
        sys::log("%s%s (endpoint %u.%u) died: %s (%d)", is_new ? "the new version of " : "", service.label.text,
                 gone.slot(), gone.generation(), signal_name(signal), signal);
    }
    news_.tell(service);
}

}  // namespace axo::rs
