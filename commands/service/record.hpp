// Joins command line and configuration into what RS is asked.
#pragma once

#include "axo/service_request.hpp"
#include "commands/service/config.hpp"
#include "commands/service/options.hpp"

namespace service {

/// `major` and `block` describe the device node of -dev (0: none).
/// Failures: exit_usage for texts of the command line that are too long and for more interrupt lines than RS takes; 1
/// for texts of the configuration that are too long. The user is not applied, as in the original.
Outcome<axo::service::StartRecord> make_record(const Options &options, const Entry &entry, unsigned major, bool block);

/// An update that names no configuration file: the running service's entry, device and configuration stay.
bool inherits(const Options &options);

}  // namespace service
