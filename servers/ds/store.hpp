// What DS stores: entries by key and type, and the labels by endpoint.
#pragma once

#include "axo/ds_protocol.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/base/hash_map.hpp"
#include "lib/base/vector.hpp"
#include "servers/ds/shared_map.hpp"

namespace axo::ds {

using Key = FixedString<key_max>;

/// The same key with another type is another entry.
struct EntryName {
    Key key;
    Type type;
    friend bool operator==(const EntryName &, const EntryName &) = default;
};

struct Entry {
    std::uint32_t flags = 0;  // private_*
    Label owner{};
    std::uint64_t value = 0;  // number, or a label's endpoint
    Vector<std::byte> data;   // string, memory
    SharedMap map;

    Endpoint endpoint() const { return Endpoint{static_cast<std::uint32_t>(value)}; }
    std::uint64_t bytes() const { return data.size() + map.snapshot_bytes(); }
    bool hidden_from(const Label &who, std::uint32_t right) const { return (flags & right) != 0 && owner != who; }
};

class Store {
public:
    Entry *find(const EntryName &name) { return entries_.find(name); }

    /// Adds or replaces. A label takes its endpoint from whatever name that had, and with it what that
    /// name owned. Errors: no_memory; nothing is changed then.
    Status put(const EntryName &name, Entry entry);
    void erase(const EntryName &name);

    /// Null: no label.
    const Label *label_of(Endpoint process) const { return labels_.find(process); }
    /// endpoint::none: no such label.
    Endpoint endpoint_of(std::string_view label) const;

    template <typename F>
    void for_each(F visit) {
        entries_.for_each(visit);
    }
    /// Removes what `match(name, entry)` says; labels too.
    template <typename F>
    void erase_if(F match) {
        entries_.erase_if(match);
    }
    void forget_label(Endpoint process) { labels_.erase(process); }

    std::size_t size() const { return entries_.size(); }

    /// Whether `owner` may have `bytes` bytes more, in a new entry unless it is `replaced`'s place that they take.
    /// Errors: no_memory.
    Status check_quota(const Label &owner, std::uint64_t bytes, const Entry *replaced) const;

private:
    Status put_label(const EntryName &name, Entry entry);
    void rename_owner(const Label &from, const Label &to);

    HashMap<EntryName, Entry> entries_;
    HashMap<Endpoint, Label> labels_;
};

inline EntryName label_name(std::string_view label) { return {Key::cut(label), Type::label}; }

}  // namespace axo::ds
