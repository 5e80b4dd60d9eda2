// Live update (ref 3.12, 3.19): the new version is made beside the old one; when the old one is ready both change
// places, so that endpoint and pid stay with the service; whatever fails, the old one goes on.
//
// `active` is always the process at the service's own endpoint, `next` the one at the temporary endpoint: first the new
// version; after the change of places (work.swapped) the old one, which waits inside its ready message.
#pragma once

#include "servers/rs/service/event_log.hpp"
#include "servers/rs/spawn/spawner.hpp"
#include "servers/rs/update/new_version.hpp"
#include "servers/rs/watch/deaths.hpp"

namespace axo::rs {

class Updater {
public:
    struct State {
        bool busy = false;              // one live update at a time
        service::StartRecord record{};  // of the one under way
    };

    Updater(State &state, EventLog &events, News &news, Spawner &spawner, Heartbeats &heartbeats, Deaths &deaths)
        : state_(state), events_(events), news_(news), spawner_(spawner), heartbeats_(heartbeats), deaths_(deaths) {}

    bool busy() const { return state_.busy; }
    /// Takes what it is to be done with; update() follows, or done().
    void claim(const Service &service, const service::StartRecord &record);
    void done() { state_.busy = false; }

    /// Errors: those of making a process; of the old version's answer; interrupted (not ready in time);
    /// service_restarted (the service died, or the new version did in its place).
    sef::Async<Status> update(Service *service);

    /// The new version has initialised: does it serve what the old one does? If not its report becomes a failure.
    void judge(const Service &service, InitReady &report) const;
    void on_ready(Endpoint caller, Service *service, const UpdateReady &request, sef::ReplyTo<Nothing> reply);

private:
    sef::Async<Status> try_update(Service *service);
    sef::Async<Status> prepare(Service *service);
    void accept(Service &service);
    void end_update(Service &service, const Status &status);
    void adopt(Service &service);

    // change_over.cpp
    sef::Async<Status> look_at_state(Service *service, std::uint64_t *digest);
    sef::Async<Status> change_over(Service *service);
    sef::Async<Status> change_places(Service *service, service::Step step, Nanoseconds limit);
    sef::Async<Status> roll_back(Service *service);
    Init init_message(const Service &service) const;

    State &state_;
    EventLog &events_;
    News &news_;
    Spawner &spawner_;
    Heartbeats &heartbeats_;
    Deaths &deaths_;
};

}  // namespace axo::rs
