// sources: drivers/hello/hello.cpp drivers/hello/message.cpp lib/driver/announce.cpp
// Random messages at the hello driver.
#include "drivers/hello/hello.hpp"
#include "test/fuzz/storm/device_storm.hpp"

namespace axo::storm {

std::uint64_t usual_episodes() { return 60; }

void episode(Random &random) {
    fake::System system(Endpoint::make(40, 1), 1 << 20, 1 << 20);
    fuzz::answer_announcement(system, "hello");
    fake::Service<hello::Hello> service;
    require(service.start().has_value(), "the driver starts");
    device_storm(random, system, service, {hello::minor_hello});
}

}  // namespace axo::storm
