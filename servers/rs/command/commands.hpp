// Requests of the `service` command (ref 3.4) and of services that control others: checked for everything that can be
// wrong, handed to the life of the service they are about, and answered when their work has ended.
#pragma once

#include "servers/rs/command/reports.hpp"
#include "servers/rs/life/life.hpp"

namespace axo::rs {

class Commands {
public:
    struct State {
        service::StartRecord incoming{};  // being read from a user
    };

    Commands(State &state, ServiceTable &services, SystemState &system, Life &life, Updater &updater, Reports &reports)
        : state_(state), services_(services), system_(system), life_(life), updater_(updater), reports_(reports) {}

    sef::Task serve(sef::UserCall call);
    void control(Endpoint caller, const Control &request, sef::ReplyTo<Nothing> reply);

private:
    sef::Task start_command(sef::UserCall call);
    sef::Task label_command(sef::UserCall call);
    void begin_up(sef::UserCall call);
    void begin_update(sef::UserCall call);
    void begin_wish(sef::UserCall call, std::string_view label, Wish wish);

    State &state_;
    ServiceTable &services_;
    SystemState &system_;
    Life &life_;
    Updater &updater_;
    Reports &reports_;
};

}  // namespace axo::rs
