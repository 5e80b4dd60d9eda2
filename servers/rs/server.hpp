// RS: brings the boot services up in order, then looks after all services. One class; its members are spread over
// boot.cpp (start of the system), life.cpp (one coroutine per service), spawn.cpp (a process from an image),
// recovery.cpp, stop.cpp, update.cpp, change_over.cpp, death.cpp (signals), ping.cpp (heartbeats), rights.cpp,
// requests.cpp (of services), user_call.cpp and answers.cpp (of the `service` command).
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/rs/boot_table.hpp"
#include "servers/rs/event_log.hpp"
#include "servers/rs/service_table.hpp"

namespace axo::rs {

/// What a user program gets for a status: Linux' numbers for our own errors.
std::int64_t user_result(const Status &status);

class Server {
public:
    struct State {
        ServiceTable services;
        ImageStore images;
        EventLog events;
        GrantId table_grant = invalid_grant;
        std::uint64_t boot_slots = 0;     // bit n: the boot archive has a service for slot n
        std::uint32_t boot_services = 0;  // of the table, registered
        std::uint32_t boot_ready = 0;     // boot services that reported
        bool up = false;                  // init was started
        bool going_down = false;          // nothing is restarted any more
        bool updating = false;            // one live update at a time
        PhysAddr root_image{0};           // what the memory driver serves
        std::uint64_t root_image_bytes = 0;
        service::StartRecord incoming{};  // being read from a user
        service::StartRecord update{};    // of the update under way
        BootModule boot_images[24]{};     // where the loader put the services' files
    };
    using Requests = rs::Requests;

    explicit Server(State &state);

    Status init(const sef::Init &init);
    void activated();

    void on(Endpoint caller, const InitReady &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const UpdateReady &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Pong &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Shutdown &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Lookup &request, sef::ReplyTo<Lookup::Reply> reply);
    void on(Endpoint caller, const Control &request, sef::ReplyTo<Nothing> reply);
    void user_call(sef::UserCall call);
    bool on_managed_signal(Endpoint process, std::uint64_t set);

private:
    enum class UseScript { yes, no };

    // boot.cpp
    Status read_boot_description();
    bool expected(const BootEntry &entry) const;
    Status register_service(const BootEntry &entry);
    Status grant_rights(const BootEntry &entry);
    void start(Service &service);
    sef::Task start_others();
    sef::Async<Status> copy_images();
    void on_boot_ready(Service &service, const InitReady &request, sef::ReplyTo<Nothing> reply);
    sef::Task finish_boot();
    void watch_boot_services();
    sef::Task learn_pid(Service *service);
    sef::Async<Status> map_drivers();
    Status release_init();
    [[noreturn]] void boot_failed(std::string_view who, Error why);
    void on_boot_deadline();

    // life.cpp
    sef::Task live(Service *service);
    sef::Async<Status> first_start(Service *service);
    sef::Async<Status> live_on(Service *service);
    sef::Async<Status> end(Service *service);
    sef::Async<Status> news(Service *service);
    void tell_news(const Service &service);
    void finish(Service &service);
    void answer(Service &service, const Status &result);
    void grant_wish(Service &service, Wish wish);

    // spawn.cpp
    sef::Async<Status> start_next(Service *service, InitKind kind);
    sef::Async<Status> make_process(Service *service, const service::StartRecord *record, Image *image);
    sef::Async<Status> load(Service *service, const service::StartRecord *record, Image *image);
    sef::Async<Status> publish(Service *service, InitKind kind);
    sef::Async<Status> map_majors(Service *service, Endpoint driver);
    Status let_run(Service &service, Endpoint process, InitKind kind, Endpoint old_version);
    sef::Async<Status> await_init(Service *service, Endpoint process, Nanoseconds limit);
    sef::Async<Result<Image *>> image_of(Service *service, const service::StartRecord *record);
    void discard(Instance &instance);
    void become_active(Service &service);
    bool works_too_long(Endpoint process) const;

    // rights.cpp
    Privileges rights_of(const Service &service, const service::StartRecord *record);
    Privileges rights_of_boot_driver(const BootEntry &entry);
    Privileges rights_of_started(const Service &service, const service::StartRecord &record);
    void add_peer(Privileges &rights, std::string_view label);
    void add_listed(Privileges &rights, std::string_view list);
    void add_who_may_send(Privileges &rights, const Service &to);

    // recovery.cpp
    sef::Async<Status> revive(Service *service, UseScript script);
    sef::Async<Status> wait_backoff(Service *service);
    sef::Async<Status> run_script(Service *service);
    void give_up(Service &service);
    bool count_failure(Service &service);

    // stop.cpp
    sef::Async<Status> stop(Service *service);
    sef::Async<Status> forget(Service *service);

    // update.cpp
    sef::Async<Status> update(Service *service);
    sef::Async<Status> try_update(Service *service, Image *image);
    sef::Async<Status> prepare(Service *service, Nanoseconds limit);
    void end_update(Service &service, const Status &status, Nanoseconds began);
    void adopt_update(Service &service, Image *image);

    // change_over.cpp
    sef::Async<Status> look_at_state(Service *service, std::uint64_t *digest);
    sef::Async<Status> change_over(Service *service, Nanoseconds limit);
    sef::Async<Status> change_places(Service *service, Nanoseconds limit);
    sef::Async<Status> roll_back(Service *service);

    // death.cpp
    bool on_signal_of(Service &service, Endpoint process, int signal);
    void on_death(Service &service, Instance &instance, int signal);
    void record_crash(Service &service, Endpoint process, int signal);
    [[noreturn]] void stop_system(const Service &service, int signal);

    // ping.cpp
    void on_period();
    void check(Service &service, Nanoseconds now);
    void ping(Service &service, Nanoseconds now);

    // user_call.cpp
    sef::Task serve_user(sef::UserCall call);
    sef::Async<Status> read_record(Endpoint process, VirtAddr from, std::uint64_t given, void *to, std::uint64_t bytes);
    sef::Task start_command(sef::UserCall call);
    sef::Task label_command(sef::UserCall call);
    void begin_up(sef::UserCall call);
    void begin_update(sef::UserCall call);
    void begin_wish(sef::UserCall call, std::string_view label, Wish wish);

    // answers.cpp
    sef::Task answer_command(sef::UserCall call);
    sef::Async<Result<std::uint64_t>> answer_to(Endpoint process, service::Command command, VirtAddr record,
                                                std::uint64_t bytes, VirtAddr to, std::uint64_t room);
    sef::Async<Result<std::uint64_t>> status_answer(Endpoint process, VirtAddr to, std::uint64_t room);
    sef::Async<Result<std::uint64_t>> events_answer(Endpoint process, std::uint64_t first, VirtAddr to,
                                                    std::uint64_t room);
    sef::Async<Result<std::uint64_t>> trace_answer(Endpoint process, Service *service, VirtAddr to, std::uint64_t room);
    sef::Async<Status> write_answer(Endpoint process, VirtAddr to, const void *from, std::uint64_t bytes);
    Status inject(const service::FaultRequest &request);

    State &state_;
    sef::Event news_[ServiceTable::capacity];  // something happened that the service's life waits for
    sef::Timer boot_deadline_;
    sef::Timer period_;
};

}  // namespace axo::rs
