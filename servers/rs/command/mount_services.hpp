// The file systems that VFS has mounted, each a service of its own: made when VFS asks, gone when it asks, and never
// started again, since what was in its memory is lost with it.
#pragma once

#include "axo/rs_protocol.hpp"
#include "servers/rs/life/life.hpp"

namespace axo::rs {

class MountServices {
public:
    MountServices(ServiceTable &services, const SystemState &system, Life &life)
        : services_(services), system_(system), life_(life) {}

    /// Answered when it runs, or nothing is left of it.
    void start(Endpoint caller, const StartFileSystem &request, sef::ReplyTo<StartFileSystem::Reply> reply);
    /// Answered when nothing is left of it.
    void stop(Endpoint caller, const StopFileSystem &request, sef::ReplyTo<Nothing> reply);

private:
    Result<Service *> add(std::string_view program);

    ServiceTable &services_;
    const SystemState &system_;
    Life &life_;
};

}  // namespace axo::rs
