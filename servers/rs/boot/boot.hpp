// The start of the system (ref 3.2): privileges first, then one service after the other is let run and told to
// initialise; VM alone and awaited, the others together; then the device map and the first user program.
#pragma once

#include "lib/sef/timer.hpp"
#include "servers/rs/boot/boot_table.hpp"
#include "servers/rs/life/life.hpp"

namespace axo::rs {

class Boot {
public:
    struct State {
        std::uint64_t slots = 0;     // bit n: the boot archive has a service for slot n
        std::uint32_t services = 0;  // of the table, registered
        std::uint32_t ready = 0;     // boot services that reported
        RootImage root;
        BootModule images[24]{};  // where the loader put the services' files
    };

    Boot(State &state, ServiceTable &services, SystemState &system, Rights &rights, Spawner &spawner, Life &life,
         Heartbeats &heartbeats);

    /// All services are registered and have their rights; none runs. Errors: those of the kernel.
    Status prepare();
    /// The first ones are let run; what fails from here on stops the system.
    void begin();
    void on_ready(Service &service, const InitReady &request, sef::ReplyTo<Nothing> reply);

private:
    Status read_description();
    bool expected(const BootEntry &entry) const;
    Status register_service(const BootEntry &entry);
    void start(Service &service);
    sef::Task start_others();
    sef::Async<Status> copy_images();
    sef::Task finish();
    sef::Async<Status> map_drivers();
    void watch_services();
    sef::Task learn_pid(Service *service);
    void on_deadline();

    State &state_;
    ServiceTable &services_;
    SystemState &system_;
    Rights &rights_;
    Spawner &spawner_;
    Life &life_;
    Heartbeats &heartbeats_;
    sef::Timer deadline_;
};

}  // namespace axo::rs
