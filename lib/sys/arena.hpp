// The state arena and the scratch heap of this process: what lies at the start of the arena, and how both grow. Nothing
// in the arena points outside it. It lies at one of two addresses (layout.hpp), the other one being free for a live
// update.
#pragma once

#include "axo/ipc.hpp"
#include "lib/base/heap.hpp"
#include "lib/base/vector.hpp"
#include "lib/sys/context.hpp"
#include "lib/sys/grants.hpp"

namespace axo::sys {

/// First bytes of the arena; the heap follows, and in it the service's State.
struct ArenaHeader {
    static constexpr std::uint64_t expected_magic = 0x3361'6e65'7261'7861;  // "axarena3"; changes with this structure
    std::uint64_t magic = expected_magic;
    std::uint64_t schema = 0;      // hash of the State's layout, 0: unknown
    std::uint64_t bytes = 0;       // given to the arena so far
    void *state = nullptr;         // the service's State
    void *schema_table = nullptr;  // what its fields are (lib/sef/schema.hpp), null: unknown
    Heap heap;
    GrantTable grants{heap};
    Vector<Message> parked{heap};  // that came while an update was approached (lib/sef/parked.hpp)
};

inline ArenaHeader &arena() { return *reinterpret_cast<ArenaHeader *>(context().areas.arena); }

/// Formats arena and scratch heap with the bytes the loader gave. Called once, by SEF.
void start_arena(std::size_t arena_bytes, std::size_t scratch_bytes);

/// Makes an empty arena of the memory at `base`.
ArenaHeader &format_arena(void *base, std::size_t bytes, Heap::Area area);
/// From now on the arena of this process is the one at `base`, which is formatted.
void use_arena(void *base);

/// How both areas grow: by default vm::Grow, a blocking request to VM. VM itself sets its own,
/// before it allocates more than its first pages hold.
void set_grow_area(GrowArea grow);

/// Current end of an area, where the next pages must be mapped.
VirtAddr area_end(Heap::Area area);

}  // namespace axo::sys
