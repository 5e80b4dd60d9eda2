// Signals for services (ref 3.8, 3.9). The kernel stopped a process that died, and released everybody who waited for
// it, before RS hears of it; what becomes of the service is decided by its life.
#pragma once

#include "servers/rs/service/news.hpp"
#include "servers/rs/service/system_state.hpp"

namespace axo::rs {

class Deaths {
public:
    Deaths(ServiceTable &services, SystemState &system, News &news)
        : services_(services), system_(system), news_(news) {}

    /// False: the process is dead and stays stopped until it is removed.
    bool on_signals(Endpoint process, std::uint64_t set);
    /// An update is over and has left no version of the service alive. Of the core that is the end of the system.
    void on_loss(Service &service);

private:
    bool on_signal_of(Service &service, Endpoint process, int signal);
    void on_death(Service &service, Instance &instance, int signal);

    ServiceTable &services_;
    SystemState &system_;
    News &news_;
};

/// The active process of the service is dead: when and why.
void note_death(Service &service);

}  // namespace axo::rs
