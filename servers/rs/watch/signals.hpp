// Signals for a service that do not end it. They are told to a version that runs; while it initialises or is updated
// they are held for the one that stays, since a new version's first message is its Init.
#pragma once

#include "servers/rs/service/service_table.hpp"

namespace axo::rs {

/// Tells it, or holds it; of a dead process it is lost.
void pass_on(Service &service, Endpoint process, int signal);
/// The service hears again: what was held is told in the order of the numbers.
void pass_on_held(Service &service);

}  // namespace axo::rs
