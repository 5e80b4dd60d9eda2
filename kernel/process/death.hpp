// What the end of a process does to everybody else's IPC (ref 1.8, mended).
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

/// A system process was struck by a deadly signal: at once, before its manager acts, no IPC reaches it any more,
/// everybody blocked on it gets dead_peer, peers with unanswered requests get peer_died, its interrupts are masked.
void sever(Process &process, std::uint64_t reason);

/// Two system processes changed places in a live update; the same two again: that is taken back. While one of them can
/// still take the other's place back, a deadly signal stops it but severs nothing: callers, interrupts and unanswered
/// requests belong to the endpoint, where the other version goes on. When the pair ends otherwise, the one that was
/// struck is severed.
void pair_for_update(Process &a, Process &b);

/// state_control: the same for the peers of a process that lives on and has forgotten them.
void forget_peers(Process &process);

/// Destroys the slot: IPC, interrupts, alarm, privilege structure, address space.
void destroy(Process &process);

}  // namespace axo::kernel
