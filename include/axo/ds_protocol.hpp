// DS: the data store (ref 4). Keys and strings by grant.
#pragma once

#include "axo/protocol.hpp"

namespace axo::ds {

inline constexpr std::uint16_t base = message_type::ds;
inline constexpr std::uint32_t key_max = 80;  // including NUL

enum class Type : std::uint32_t { number = 1, string = 2, memory = 4, map = 8, label = 16 };

/// What a publisher may have in the store at a time, labels apart; a snapshot counts for the map's owner.
inline constexpr std::uint32_t max_entries = 64;
inline constexpr std::uint64_t max_bytes = 256 * 1024;
/// Snapshots of a map that are kept; a further one takes the place of the oldest.
inline constexpr std::uint32_t snapshots_kept = 5;

/// How a map is retrieved.
enum class MapUse : std::uint32_t {
    none,
    share,     // a grant to map the publisher's pages by, for reading
    copy,      // what the publisher's pages hold now
    snapshot,  // what they held at a snapshot
};

namespace flag {
inline constexpr std::uint32_t private_retrieve = 1, private_overwrite = 2, private_snapshot = 4, private_subscribe = 8,
                               overwrite = 0x100, initial = 0x200;
}

/// A number or (RS only) a label's endpoint in `value`; string and memory content by `data`, which is copied; a map's
/// pages by `data` as well, a grant for reading and mapping that stays while the map is published.
/// Errors: not_permitted (no label; a label, not from RS; another's private_overwrite), exists (without overwrite),
/// no_memory (also: more than max_entries or max_bytes of this publisher), invalid (key, type; a map with overwrite, or
/// of no whole pages), those of reading the grant.
struct Publish {
    static constexpr std::uint16_t number = base + 0;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Type type;
    std::uint32_t flags;
    GrantId key;
    std::uint32_t key_bytes;  // without NUL
    std::uint64_t value;
    GrantId data;
    std::uint32_t reserved;
    std::uint64_t data_bytes;
};

/// Errors: no_process (unknown; ESRCH of ref 4.2), not_permitted (private_retrieve; to share, without a label); of a
/// map also invalid (`how`; no such snapshot any more) and io (the publisher died or took its pages back).
struct Retrieve {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t value;       // number, endpoint; of a shared map the GrantId, of DS
        std::uint64_t data_bytes;  // copied; of a shared map its size
    };
    Type type;
    GrantId key;
    std::uint32_t key_bytes;
    GrantId data;
    std::uint64_t data_bytes;
    MapUse how;  // of maps
    std::uint32_t reserved;
    std::uint64_t index;  // of the snapshot
};

/// One per owner: an extended regular expression matched against whole keys; types 0 = all.
struct Subscribe {
    static constexpr std::uint16_t number = base + 2;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    GrantId pattern;
    std::uint32_t pattern_bytes;
    std::uint32_t types, flags;
};

/// After a notification from DS, until no_entry. The key goes to the granted buffer (key_max bytes).
struct Check {
    static constexpr std::uint16_t number = base + 3;
    static constexpr bool idempotent = false;
    struct Reply {
        Type type;
        Endpoint owner;
        std::uint32_t key_bytes, deleted;
        std::uint64_t value;
    };
    GrantId key;
    std::uint32_t reserved;
};

struct Delete {
    static constexpr std::uint16_t number = base + 4;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    Type type;
    GrantId key;
    std::uint32_t key_bytes;
};

/// Keeps what a map holds now. Indexes count up from 0 for each map. Errors: no_process (no such map), not_permitted
/// (private_snapshot; no label), no_memory (also: the owner's max_bytes), io (as Retrieve).
struct Snapshot {
    static constexpr std::uint16_t number = base + 5;
    static constexpr bool idempotent = false;
    struct Reply {
        std::uint64_t index;
    };
    GrantId key;
    std::uint32_t key_bytes;
};

/// Name of an endpoint; the buffer takes label_size bytes... in the reply itself. Errors: no_process.
struct LabelOf {
    static constexpr std::uint16_t number = base + 6;
    static constexpr bool idempotent = true;
    struct Reply {
        char label[label_size];
    };
    Endpoint endpoint;
};

/// Endpoint of a label, without a grant. Errors: no_process.
struct EndpointOf {
    static constexpr std::uint16_t number = base + 7;
    static constexpr bool idempotent = true;
    struct Reply {
        Endpoint endpoint;
    };
    char label[label_size];
};

/// RS only: a label and everything its owner published, subscribed or mapped goes. Errors: not_permitted, no_process.
struct DropLabel {
    static constexpr std::uint16_t number = base + 8;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    char label[label_size];
};

using Requests = Protocol<Publish, Retrieve, Subscribe, Check, Delete, Snapshot, LabelOf, EndpointOf, DropLabel>;

}  // namespace axo::ds
