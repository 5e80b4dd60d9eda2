// The part of the main loop that does not depend on the service: what SEF itself swallows.
#pragma once

#include "axo/rs_protocol.hpp"
#include "lib/sef/update.hpp"
#include "lib/sys/ipc.hpp"

namespace axo::sef {

namespace detail {

/// Heaps, own endpoint, clock, log name. First thing in every service.
void start_process();
Endpoint own_endpoint();

/// Blocks until RS sends rs::Init. At a live update other messages of RS to the endpoint may come before it: they were
/// for the old version and are dropped (what matters of them RS holds for the version that stays).
rs::Init await_init();
/// Reports the result of init, and what this program is, to RS and waits until RS accepts.
void report_init(const Status &result, std::uint64_t protocols);
/// Room for the State in the arena, and its schema beside it.
void *place_state(std::size_t bytes, std::size_t align);

/// One receive, with the deferred message; sets alarms before and lets messages be deferred after.
void next_message(Message &message);

/// Things SEF handles alone: alarm, ping, replies. True: swallowed.
bool swallow(const Message &message, bool pong);

/// Answers a request that cannot be served; counted.
void refuse(const Message &message, Error error);
std::uint64_t refused_requests();
}  // namespace detail

}  // namespace axo::sef
