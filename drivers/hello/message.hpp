// What a read of a device with a fixed text gives. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/driver/character.hpp"

namespace axo::hello {

/// At most `bytes` of `message` from `position` on; nothing at its end or beyond.
std::string_view part_at(std::string_view message, std::uint64_t position, std::uint64_t bytes);

/// Answers a read with its part of `message`. The error is that of the copy.
void answer_read(std::string_view message, const device::Read &request, driver::Reply<device::Read> reply);

/// Nothing can be written here: 0 bytes are fine, more are `invalid`.
void answer_write(const device::Write &request, driver::Reply<device::Write> reply);

/// How a version introduces itself in the log.
void log_start(std::string_view message, rs::InitKind kind);
void log_open(std::uint64_t opens);

}  // namespace axo::hello
