// RS: brings the boot services up in order, then looks after all services. Here its parts are wired; each has its own
// State within RS' State and takes what it needs by reference.
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/rs/boot/boot.hpp"
#include "servers/rs/command/commands.hpp"
#include "servers/rs/command/mount_services.hpp"
#include "servers/rs/rights/giver.hpp"
#include "servers/rs/watch/deaths.hpp"

namespace axo::rs {

class Server {
public:
    struct State {
        ServiceTable services;
        EventLog events;
        SystemState system;
        Boot::State boot;
        Spawner::State spawner;
        Updater::State updater;
        Commands::State commands;
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
    void on(Endpoint caller, const GiveRight &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const MayUseDevice &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const StartFileSystem &request, sef::ReplyTo<StartFileSystem::Reply> reply);
    void on(Endpoint caller, const StopFileSystem &request, sef::ReplyTo<Nothing> reply);
    void user_call(sef::UserCall call);
    bool on_managed_signal(Endpoint process, std::uint64_t set);

private:
    State &state_;
    News news_;
    Heartbeats heartbeats_;
    Deaths deaths_;
    Rights rights_;
    Giver giver_;
    Spawner spawner_;
    Updater updater_;
    Life life_;
    Reports reports_;
    Commands commands_;
    MountServices mount_services_;
    Boot boot_;
};

}  // namespace axo::rs
