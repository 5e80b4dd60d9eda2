// The loops that are measured, in the fewest instructions the trap convention allows (loops.asm).
#pragma once

#include "axo/ipc.hpp"

namespace axo::bench {

constexpr std::uint64_t trap_word(IpcCall call, Endpoint peer) {
    return static_cast<std::uint64_t>(call) | std::uint64_t{peer.value} << 32;
}

extern "C" {
/// Answers at once and in kind, the words as they came: SENDREC by REPLY_RECEIVE, SENDA by SENDA_RECEIVE, a
/// notification by one.
[[noreturn]] void bench_serve();

/// `count` times that trap: SENDREC leaves the words as they are, or sets all seven on either side of the trap.
void bench_trap(std::uint64_t trap, std::uint64_t count);
/// The same, and RECEIVE from any after it.
void bench_trap_receive(std::uint64_t trap, std::uint64_t count);
void bench_trap_with_words(std::uint64_t trap, std::uint64_t count);
/// The loop around a trap alone.
void bench_nothing(std::uint64_t trap, std::uint64_t count);
}

}  // namespace axo::bench
