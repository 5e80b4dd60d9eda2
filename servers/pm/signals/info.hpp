// What a program reads about a signal.
#pragma once

#include "servers/pm/calls/linux_abi.hpp"
#include "servers/pm/signals/pending_signals.hpp"

namespace axo::pm {

abi::SignalInfo signal_info(const SignalOrigin &origin);

}  // namespace axo::pm
