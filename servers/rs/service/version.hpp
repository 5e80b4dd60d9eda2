// What is known of the program that a service runs: whose version it is, what its State looks like, what it serves.
#pragma once

#include <cstdint>

#include "axo/rs_protocol.hpp"

namespace axo::rs {

struct Version {
    std::uint64_t schema = 0;     // 0: its State cannot be carried over
    std::uint64_t name = 0;       // hash of the name of the service; 0: it has none
    std::uint64_t protocols = 0;  // see InitReady

    static Version of(const InitReady &report) { return {report.schema, report.name, report.protocols}; }
};

}  // namespace axo::rs
