// Is a program that is to replace a running one a version of the same service, whose State can be carried over? What
// the image says is looked at before anything is made; what it serves it says itself when its init is over.
#pragma once

#include <span>

#include "axo/error.hpp"
#include "axo/service_request.hpp"
#include "lib/base/fixed_string.hpp"
#include "servers/rs/service/version.hpp"

namespace axo::rs {

using FailureText = FixedString<64>;

/// `flags`: start_flag::fresh lets anything pass. Errors: no_exec (no program of a service), not_supported (another
/// service, or a State that cannot be carried over); `why` then says it.
Status check_image(const Version &running, std::span<const std::byte> image, std::uint32_t flags, FailureText &why);

/// Everything that the running version serves? Errors: not_supported.
Status check_protocols(const Version &running, const Version &next, std::uint32_t flags);

/// The record of an update with start_flag::inherit: what it does not give is as in that of the running service.
service::StartRecord inherited(const service::StartRecord &running, const service::StartRecord &given);

}  // namespace axo::rs
