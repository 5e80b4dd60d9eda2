// sources: drivers/random/random.cpp drivers/random/generator.cpp drivers/random/sources.cpp lib/driver/announce.cpp
// Random messages at the random driver. A read of any length ends, since it goes on by timers.
#include "drivers/random/random.hpp"
#include "test/fuzz/storm/device_storm.hpp"

namespace axo::storm {

std::uint64_t usual_episodes() { return 15; }

void episode(Random &random) {
    fake::System system(Endpoint::make(41, 1), 1 << 20, 1 << 20);
    fuzz::answer_announcement(system, "random");
    fake::Service<random::Random> service;
    require(service.start().has_value(), "the driver starts");
    device_storm(random, system, service, {8, 9});
}

}  // namespace axo::storm
