// DS: the data store (ref 4). Keys and strings by grant.
#pragma once

#include "axo/protocol.hpp"

namespace axo::ds {

inline constexpr std::uint16_t base = message_type::ds;
inline constexpr std::uint32_t key_max = 80;  // including NUL

enum class Type : std::uint32_t { number = 1, string = 2, memory = 4, map = 8, label = 16 };

namespace flag {
inline constexpr std::uint32_t private_retrieve = 1, private_overwrite = 2, private_snapshot = 4, private_subscribe = 8,
                               overwrite = 0x100, initial = 0x200;
}

/// A number or (RS only) a label's endpoint in `value`; string, memory and map content by `data`.
/// Errors: not_permitted, exists, no_memory, invalid.
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

/// Errors: no_process (unknown; ESRCH of ref 4.2), not_permitted.
struct Retrieve {
    static constexpr std::uint16_t number = base + 1;
    static constexpr bool idempotent = true;
    struct Reply {
        std::uint64_t value, data_bytes;
    };
    Type type;
    GrantId key;
    std::uint32_t key_bytes;
    GrantId data;
    std::uint64_t data_bytes;
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

/// RS only: a label and everything its owner published or subscribed goes.
struct DropLabel {
    static constexpr std::uint16_t number = base + 8;
    static constexpr bool idempotent = true;
    using Reply = Nothing;
    char label[label_size];
};

using Requests = Protocol<Publish, Retrieve, Subscribe, Check, Delete, Snapshot, LabelOf, EndpointOf, DropLabel>;

}  // namespace axo::ds
