// The command line of `service` (ref 3.16, and status, events, trace, fi).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "axo/service_request.hpp"
#include "commands/service/text.hpp"

namespace service {

struct Options {
    axo::service::Command command;
    bool copy = false, reuse = false, json = false, verify = false, fresh = false;
    std::string binary, label;  // binary: up, update; label: the others, or the given one
    std::string arguments, device, script, config = "/etc/system.conf";
    bool config_given = false;       // update: without it the running service's configuration stays
    std::vector<std::string> drops;  // update: fields of State that may be lost
    std::uint64_t period_ns = 0, max_time_ns = 0;
    std::uint32_t state = 1;
    axo::service::FaultKind fault{};
    std::uint64_t after = 0;
    std::string warning;  // to be printed; the command goes on
};

inline constexpr int exit_usage = 22;    // EINVAL
inline constexpr int exit_unknown = 38;  // ENOSYS: unknown request word

/// `arguments` without the program's own name. Failures: exit_usage and exit_unknown with the usage text; 0 with that
/// text alone, where it was asked for.
Outcome<Options> parse_options(std::span<char *const> arguments);

}  // namespace service
