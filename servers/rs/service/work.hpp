// What RS is doing with one service: all that it must remember of that between two messages. The coroutine of the
// service's life keeps nothing of its own over a co_await, so what is under way can be read from the State alone.
#pragma once

#include "axo/rs_protocol.hpp"
#include "axo/service_request.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sef/reply.hpp"
#include "servers/rs/service/phase_watch.hpp"
#include "servers/rs/service/version.hpp"

namespace axo::rs {

struct Image;

struct Work {
    service::Step step = service::Step::none;
    InitKind kind = InitKind::fresh;
    bool swapped = false;              // update: the new version is at the service's own endpoint
    bool killed = false;               // RS killed the process that this step waits for
    Image *image = nullptr;            // the program to be started, counted
    Nanoseconds began{0};              // of the whole; of a restart: when the predecessor died
    Nanoseconds until{0};              // when this step has lasted too long
    Nanoseconds prepare{0};            // update: how long the old version may take to be ready
    Endpoint before = endpoint::none;  // restart: the process that died

    // Answers of processes that this work waits for.
    Endpoint expected = endpoint::none;  // whose InitReady counts
    bool init_came = false, prepare_came = false, prepare_expected = false;
    std::int64_t init_result = 0, prepare_result = 0;
    Version version;                      // of the program that reported its init; the service's once it is accepted
    sef::ReplyTo<Nothing> prepare_reply;  // the old version waits for it

    // For the event that tells of it.
    PhaseWatch watch;
    FixedString<64> failure{};  // why the update failed
    std::uint64_t state_before = 0, state_after = 0;

    /// From now on this is being done.
    void enter(service::Step next, Nanoseconds limit = Nanoseconds{0}) {
        step = next;
        until = limit;
        killed = false;
    }
};

}  // namespace axo::rs
