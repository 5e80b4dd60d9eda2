// The life of a service, from its start to its removal, told by one coroutine per service (ref 3.7, 3.9, 3.10).
// Handlers only note what came (a death, a ready message, a wish) and tell it the news; it alone changes what the
// service is. What it is doing stands in service.work.
#pragma once

#include "servers/rs/service/event_log.hpp"
#include "servers/rs/service/policy.hpp"
#include "servers/rs/service/system_state.hpp"
#include "servers/rs/spawn/spawner.hpp"
#include "servers/rs/update/updater.hpp"

namespace axo::rs {

/// What a user program gets for a status: Linux' numbers for our own errors.
std::int64_t user_result(const Status &status);

class Life {
public:
    Life(ServiceTable &services, EventLog &events, const SystemState &system, News &news, Spawner &spawner,
         Updater &updater)
        : services_(services), events_(events), system_(system), news_(news), spawner_(spawner), updater_(updater) {}

    /// From here to its end. False: there is no memory for that.
    bool begin(Service &service) { return live(&service).started(); }
    /// Whoever waits gets this, and the service has nothing to do any more.
    void answer(Service &service, const Status &result);
    /// `refresh` and `restart` are answered at once, the others when they have ended.
    void grant_wish(Service &service, Wish wish);

private:
    enum class UseScript { yes, no };

    sef::Task live(Service *service);
    sef::Async<Status> first_start(Service *service);
    sef::Async<Status> do_it(Service *service, policy::Deed deed);
    sef::Async<Status> end(Service *service);
    sef::Async<Status> lose(Service *service);
    sef::Async<Status> refresh(Service *service);
    sef::Async<Status> update(Service *service);
    void finish(Service &service, const Status &why);

    // recovery.cpp
    sef::Async<Status> revive(Service *service, UseScript script);
    sef::Async<Status> start_again(Service *service);
    void give_up_wishes(Service &service);
    static Status tell_users(const Service &service);
    void tell_restart(Service &service, const Status &started);
    sef::Async<Status> wait_backoff(Service *service);
    sef::Async<Status> run_script(Service *service);
    void give_up(Service &service);

    // stop.cpp
    sef::Async<Status> stop(Service *service);
    sef::Async<Status> forget(Service *service);

    ServiceTable &services_;
    EventLog &events_;
    const SystemState &system_;
    News &news_;
    Spawner &spawner_;
    Updater &updater_;
};

}  // namespace axo::rs
