// RS: brings the boot services up in order, then watches over all services. One class; its members are spread over
// boot.cpp (start of the system), death.cpp (signals of services), ping.cpp (hung services) and requests.cpp.
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/rs/boot_table.hpp"
#include "servers/rs/service_table.hpp"

namespace axo::rs {

class Server {
public:
    struct State {
        ServiceTable services;
        GrantId table_grant = invalid_grant;
        std::uint32_t boot_ready = 0;   // boot services that reported
        bool up = false;                // init was started
        bool going_down = false;        // nothing is restarted any more
        PhysAddr root_image{0};         // what the memory driver serves
        std::uint64_t root_image_bytes = 0;
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
    void user_call(sef::UserCall call);
    void on_managed_signal(Endpoint process, std::uint64_t set);

private:
    // boot.cpp
    Status read_boot_description();
    Status register_service(const BootEntry &entry);
    Status grant_rights(const BootEntry &entry);
    void start(Service &service);
    void start_others();
    sef::Task finish_boot();
    sef::Async<Status> map_drivers();
    Status release_init();
    [[noreturn]] void boot_failed(std::string_view who, Error why);
    void on_boot_deadline();

    // death.cpp
    void on_signal_of(Service &service, int signal);
    void on_death(Service &service, int signal);
    [[noreturn]] void stop_system(const Service &service, int signal);
    sef::Task forget(Endpoint process, Label label);

    // ping.cpp
    void on_period();
    void check(Service &service, Nanoseconds now);

    State &state_;
    sef::Timer boot_deadline_;
    sef::Timer period_;
};

}  // namespace axo::rs
