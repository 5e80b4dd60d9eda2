// Telling and holding of signals.
#include "servers/rs/watch/signals.hpp"

#include <bit>

#include "lib/sef/request.hpp"

namespace axo::rs {

namespace {

void tell_signal(Endpoint process, int signal) {
    const SignalReceived message{static_cast<std::uint32_t>(signal), 0};
    static_cast<void>(sef::tell(process, message));
}

}  // namespace

void pass_on(Service &service, Endpoint process, int signal) {
    const Instance *instance = instance_of(service, process);
    if (instance == nullptr || instance->dead) return;
    if (service.hears() && process == service.active.endpoint)
        tell_signal(process, signal);
    else
        service.held_signals |= 1ull << (signal - 1);
}

void pass_on_held(Service &service) {
    while (service.held_signals != 0) {
        const int bit = std::countr_zero(service.held_signals);
        service.held_signals &= service.held_signals - 1;
        tell_signal(service.active.endpoint, bit + 1);
    }
}

}  // namespace axo::rs
