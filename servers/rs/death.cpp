// What a signal means for a service (ref 3.8, 3.9). The kernel stopped the process and released everybody who waited
// for it before RS hears of it.
#include "axo/ds_protocol.hpp"
#include "axo/exit_code.hpp"
#include "axo/pm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {

constexpr int signal_last = 64;
constexpr int signal_term = 15;
// ILL, ABRT, BUS, FPE, KILL, SEGV, PIPE, STKFLT (EMT): ref 0.5.
constexpr std::uint64_t ends_process = 1u << 3 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 10 | 1u << 12 | 1u << 15;

const char *signal_name(int signal) {
    switch (signal) {
    case 4: return "illegal instruction";
    case 6: return "abort: it gave up itself";
    case 7: return "bus error";
    case 8: return "arithmetic exception";
    case 9: return "killed";
    case 11: return "bad memory access";
    case 13: return "broken pipe";
    default: return "signal";
    }
}

}  // namespace

void Server::on_managed_signal(Endpoint process, std::uint64_t set) {
    for (int signal = 1; signal <= signal_last; ++signal) {
        if ((set >> (signal - 1) & 1) == 0) continue;
        Service *service = state_.services.find(process);
        if (service == nullptr) return;  // its death was dealt with
        on_signal_of(*service, signal);
    }
}

void Server::on_signal_of(Service &service, int signal) {
    if (service.endpoint == endpoint::rs) {
        if (signal == signal_term) state_.going_down = true;
        return;
    }
    if ((ends_process >> (signal - 1) & 1) != 0) return on_death(service, signal);
    const SignalReceived message{static_cast<std::uint32_t>(signal), 0};
    static_cast<void>(sef::tell(service.endpoint, message));
}

void Server::on_death(Service &service, int signal) {
    if (service.has(service_flag::core) && !state_.going_down) stop_system(service, signal);
    sys::log("%s (endpoint %x) died: %s (%d)", service.label.text, service.endpoint.value, signal_name(signal), signal);
    forget(service.endpoint, service.label);
    state_.services.remove(service);
}

/// Until the core can be recovered its death is an orderly stop.
void Server::stop_system(const Service &service, int signal) {
    sys::log("core service %s (endpoint %x) died: %s (%d); the system stops", service.label.text, service.endpoint.value,
             signal_name(signal), signal);
    static_cast<void>(sys::shutdown(ShutdownHow::test_exit, static_cast<int>(ExitCode::core_service_died)));
    sys::exit(1);
}

sef::Task Server::forget(Endpoint process, Label label) {
    const pm::DestroyService destroy{process};
    static_cast<void>(co_await sef::request(endpoint::pm, destroy));
    ds::DropLabel drop{};
    put_text(drop.label, label);
    static_cast<void>(co_await sef::request(endpoint::ds, drop));
}

}  // namespace axo::rs
