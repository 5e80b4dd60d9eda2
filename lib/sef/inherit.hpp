// The State of a service when it starts: a new one, the old version's (equal schema), or one made from it (changed
// schema).
#pragma once

#include <new>

#include "axo/rs_protocol.hpp"
#include "lib/sef/loop.hpp"
#include "lib/sef/migrate.hpp"
#include "lib/sef/schema.hpp"
#include "lib/sys/arena.hpp"

namespace axo::sef::detail {

/// What can be done with the old version's arena.
/// unused: the State is given up on purpose, but those who wait in the old arena are to be served.
enum class Heritage { none, same, changed, unused, impossible };
Heritage heritage_of(const rs::Init &init);

/// Equal schema: from now on this process has the old arena too, copy-on-write. Returns the State in it.
/// Errors: those of vm::ArenaShare; not_supported (the arena is of another make).
Result<void *> share_arena(Endpoint old_version);

/// Changed schema: the old arena can be read at its own address, and this process' own, empty arena lies at the other
/// one.
Result<const sys::ArenaHeader *> open_old_arena(Endpoint old_version);
/// Carries over, then lets go of the old arena. The new State is in place.
/// `drops`: hashes of the names of old fields that may be lost.
Status take_over(const sys::ArenaHeader &before, Endpoint old_version, std::span<const MigrationStep> steps,
                 std::span<const std::uint64_t> drops);

/// Only what was parked is carried over; then the old arena is let go of.
Status take_parked(const sys::ArenaHeader &before, Endpoint old_version);

/// The State to start with. Errors: as above, no_memory; not_supported also: one of the two has no schema, or the new
/// version would lose a field without having said so.
template <class State>
Result<State *> make_state(const rs::Init &init) {
    static_cast<void>(state_marker<State>.unused);  // keeps the marker in the image
    const Heritage heritage = heritage_of(init);
    if (heritage == Heritage::impossible) return Error::not_supported;
    if (heritage == Heritage::same) return static_cast<State *>(TRY(share_arena(init.old_version)));
    const sys::ArenaHeader *before = nullptr;
    if (heritage != Heritage::none) before = TRY(open_old_arena(init.old_version));
    auto *state = ::new (place_state(sizeof(State), alignof(State))) State();
    if (heritage == Heritage::changed) TRY(take_over(*before, init.old_version, migration_steps<State>(), init.drops));
    if (heritage == Heritage::unused) TRY(take_parked(*before, init.old_version));
    return state;
}

}  // namespace axo::sef::detail
