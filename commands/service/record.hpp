// Joins command line and configuration into what RS is asked.
#pragma once

#include "axo/service_request.hpp"
#include "commands/service/config.hpp"
#include "commands/service/options.hpp"

namespace service {

/// `major` and `block` describe the device node of -dev (0: none).
/// Failures: exit_usage for texts that are too long; 1 for an unknown user.
Outcome<axo::service::StartRecord> make_record(const Options &options, const Entry &entry, unsigned major, bool block);

}  // namespace service
