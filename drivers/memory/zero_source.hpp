// Zeros for whoever reads /dev/zero or /dev/full: one page, copied as often as needed.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"

namespace axo::memory {

/// Fills `bytes` of the granted buffer with zeros. Errors: those of safe_copy_to.
Status fill_with_zeros(Endpoint client, GrantId buffer, std::uint64_t bytes);

}  // namespace axo::memory
