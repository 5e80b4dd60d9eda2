// What the command shows: tables for people, JSON for programs.
#pragma once

#include <span>
#include <string>

#include "axo/service_request.hpp"

namespace service {

std::string status_table(std::span<const axo::service::StatusEntry> entries);
std::string status_json(std::span<const axo::service::StatusEntry> entries);
std::string events_table(std::span<const axo::service::Event> events);
std::string events_json(std::span<const axo::service::Event> events);
std::string crash_report(const axo::service::CrashReport &report);

/// Why RS refused that request, in words, for its own errors and errno's.
std::string error_text(axo::service::Command request, int error);

}  // namespace service
