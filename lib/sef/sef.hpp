// The interface of SEF (ref 2; plan section 6). A service is a class:
//
//   struct Hello {
//       struct State { ... };                       // everything that must survive, lives in the arena
//       using Requests = device::CharacterRequests; // what it serves, each by a handler `on`
//       explicit Hello(State &state);
//       Status init(const sef::Init &init);         // may fail; on update it touches nothing but the state
//       void activated();                           // RS accepted: devices, DS, clients
//       void on(Endpoint caller, const device::Open &request, sef::ReplyTo<device::Open::Reply> reply);
//       ...                                         // a handler may be a coroutine returning sef::Task
//       // Optional, called when present:
//       void user_call(sef::UserCall call);         // Linux calls routed here
//       void on_kernel_message(const Message &message);            // VM: page_fault, memory_request
//       void on_notification(Endpoint source, std::uint64_t bits); // hardware (irq bits), ds, other services
//       void on_signal(int signal);                 // from the signal manager
//       void on_managed_signal(Endpoint process, std::uint64_t set); // managers RS and PM
//       void on_peer_died(Endpoint peer, int reason);
//       void on_send_room();                        // a peer that answered would_block has room again
//       // Live update (ref 2.5), where the predefined policy is not enough:
//       bool state_valid(std::uint32_t state);      // does it know that state?
//       bool prepare(std::uint32_t state);          // is it in it now? Asked before each receive
//       void state_changed(std::uint32_t old, std::uint32_t now);  // 0: no update under way
//       void dump_state(std::uint32_t state, std::uint64_t cycle); // for the log, before each prepare
//       Status save_state(std::uint32_t state);     // last step before it is replaced; an error calls it off
//   };
//   int main() { return axo::sef::run<Hello>({.update = sef::ready_when::always}); }
//
// Handlers run to their first co_await and must not block on anything but VM, DS and the kernel.
// A handler that is a coroutine takes the request by value: the message is gone after its first
// co_await. on_managed_signal may return bool: false says that it calls sys::end_signal itself, later.
// A request by SENDA with tag 0 (sef::tell) wants no answer; ReplyTo then sends none.
#pragma once

#include "axo/protocol.hpp"
#include "axo/rs_protocol.hpp"
#include "lib/sef/coroutine.hpp"  // Task, Async<T>, CO_TRY, Event
#include "lib/sef/migrate.hpp"    // Migrations: a new version with another State
#include "lib/sef/options.hpp"    // Init, Options, ready_when::always, on_init::fail, on_signal::terminate, ...
#include "lib/sef/reply.hpp"      // ReplyTo<R>, UserCall
#include "lib/sef/request.hpp"    // co_await sef::request(endpoint, R{...}, deadline)
#include "lib/sef/run.hpp"        // template <class Service> int run(const Options &)
#include "lib/sef/timer.hpp"      // sef::Timer, co_await sef::delay(ns)
