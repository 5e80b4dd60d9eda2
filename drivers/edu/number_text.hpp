// Numbers as users write them. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "axo/error.hpp"

namespace axo::edu {

/// Decimal digits, perhaps with a newline behind them. Errors: invalid (also: more than 32 bits).
Result<std::uint32_t> number_in(std::string_view text);

}  // namespace axo::edu
