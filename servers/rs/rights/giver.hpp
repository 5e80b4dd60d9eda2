// Rights given at run time: noted with the service, then added to its processes.
#pragma once

#include "axo/rs_protocol.hpp"
#include "servers/rs/rights/rights.hpp"

namespace axo::rs {

class Giver {
public:
    Giver(ServiceTable &services, Rights &rights) : services_(services), rights_(rights) {}

    /// Errors: those of GiveRight.
    Status give(Endpoint asking, const GiveRight &request);
    /// Errors: those of MayUseDevice.
    Status may_use(Endpoint asking, const MayUseDevice &request);

private:
    bool may_give(Endpoint asking);
    bool is_anothers(const Service &service, const GiveRight &right);

    ServiceTable &services_;
    Rights &rights_;
};

/// A process that runs gets from the kernel what the service was given since its rights were composed.
void bring_up_to_date(const Service &service, Instance &instance);

}  // namespace axo::rs
