// Services are pinged; one that used processor time since the ping without answering, or lies blocked outside RECEIVE,
// is hung (policy.hpp). On a loaded machine elapsed time alone proves nothing.
#pragma once

#include "lib/sef/timer.hpp"
#include "servers/rs/service/news.hpp"

namespace axo::rs {

class Heartbeats {
public:
    Heartbeats(ServiceTable &services, News &news);

    /// From now on: every RS period a look at all services, and news for all lives that watch a deadline.
    void start();
    void ping(Service &service);
    void on_pong(Endpoint process);

private:
    void on_period();
    void check(Service &service, Nanoseconds now);

    ServiceTable &services_;
    News &news_;
    sef::Timer period_;
};

}  // namespace axo::rs
