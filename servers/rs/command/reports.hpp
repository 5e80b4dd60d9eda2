// What the `service` command shows: lookup, status, events, the last crash; and the faults it orders.
#pragma once

#include "servers/rs/service/event_log.hpp"
#include "servers/rs/spawn/spawner.hpp"

namespace axo::rs {

class Reports {
public:
    Reports(ServiceTable &services, EventLog &events, Spawner &spawner)
        : services_(services), events_(events), spawner_(spawner) {}

    sef::Task serve(sef::UserCall call);
    /// Where the service of that label is. Errors: invalid (no label), no_process.
    Result<Endpoint> lookup(std::string_view label);

private:
    sef::Async<Result<std::uint64_t>> answer_to(Endpoint process, service::Command command, VirtAddr record,
                                                std::uint64_t bytes, VirtAddr to, std::uint64_t room);
    sef::Async<Result<std::uint64_t>> status(Endpoint process, VirtAddr to, std::uint64_t room);
    sef::Async<Result<std::uint64_t>> events(Endpoint process, std::uint64_t first, VirtAddr to, std::uint64_t room);
    sef::Async<Result<std::uint64_t>> trace(Endpoint process, Service *service, VirtAddr to, std::uint64_t room);
    sef::Async<Status> name_frames(Service *service, service::CrashReport *report);
    Status inject(Service &service, const service::FaultRequest &request);

    ServiceTable &services_;
    EventLog &events_;
    Spawner &spawner_;
};

}  // namespace axo::rs
