// A service says that it is there, for those who used its predecessor.
#pragma once

#include <string_view>

#include "axo/error.hpp"

namespace axo::sys {

/// Publishes "<prefix><own label>" = 1 in DS. Errors: those of DS.
Status announce(std::string_view prefix);

}  // namespace axo::sys
