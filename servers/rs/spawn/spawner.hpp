// SPAWN (ref 3.6): a process from an image, step by step; nobody is waited for but by coroutines. The order of what
// others can see of a new service: its process, its calls, its label, its majors; then it runs.
#pragma once

#include "servers/rs/rights/rights.hpp"
#include "servers/rs/service/news.hpp"
#include "servers/rs/spawn/image_store.hpp"
#include "servers/rs/watch/heartbeats.hpp"

namespace axo::rs {

class Spawner {
public:
    struct State {
        ImageStore images;
        GrantId table_grant = invalid_grant;  // of the public table, for all services
    };

    Spawner(State &state, ServiceTable &services, Rights &rights, News &news, Heartbeats &heartbeats)
        : state_(state), services_(services), rights_(rights), news_(news), heartbeats_(heartbeats) {}

    ImageStore &images() { return state_.images; }
    /// Grants the public table to everybody. Errors: no_memory.
    Status open_table();
    /// The first message of a service.
    Init init_message(InitKind kind) const;

    /// A process beside the active one, started and ready; then it is the active one and the other is gone. On an error
    /// the active one is as before. Errors: those of every step, dead_peer (died in init), timed_out (hangs there), its
    /// own.
    sef::Async<Status> start_next(Service *service);

    /// work.image: the image to start from, counted once: the kept copy, one that another service keeps, or the file.
    /// `record` lives as long as the coroutine.
    sef::Async<Status> find_image(Service *service, const service::StartRecord *record);
    void drop_image(Service &service);
    /// service->next: a stopped process of work.image with rights, memory and registers.
    sef::Async<Status> make_process(Service *service, const service::StartRecord *record);
    /// Lets the process run and tells it to initialise; its answer is awaited from now on.
    Status let_run(Service &service, Endpoint process, Init message);
    /// Errors: dead_peer, timed_out (it was killed), the init's own.
    sef::Async<Status> await_init(Service *service, Endpoint process, service::Step step);
    /// PM ends the process and tells VFS and VM; nobody waits for that.
    void discard(Instance &instance);

    void on_ready(Service &service, const InitReady &request, sef::ReplyTo<Nothing> reply);

private:
    sef::Async<Status> make_and_init(Service *service);
    sef::Async<Status> load(Service *service, const service::StartRecord *record);
    Status give_rights(Service &service, const service::StartRecord &record);
    sef::Async<Status> publish(Service *service);
    sef::Async<Status> map_majors(Service *service);
    void become_active(Service &service);

    State &state_;
    ServiceTable &services_;
    Rights &rights_;
    News &news_;
    Heartbeats &heartbeats_;
};

}  // namespace axo::rs
