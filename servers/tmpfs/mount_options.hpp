// The options of `mount -t tmpfs -o size=...,mode=...,uid=...,gid=...`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "axo/error.hpp"

namespace axo::tmpfs {

struct MountOptions {
    std::size_t pages;
    std::uint32_t mode = 01777, uid = 0, gid = 0;
};

/// `default_pages` is half of the machine's memory. Errors: invalid (a value that is no number).
/// Options of other meaning are ignored.
Result<MountOptions> parse_options(std::string_view text, std::size_t default_pages);

}  // namespace axo::tmpfs
