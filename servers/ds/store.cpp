#include "servers/ds/store.hpp"

namespace axo::ds {

Status Store::put(const EntryName &name, Entry entry) {
    if (name.type == Type::label) return put_label(name, std::move(entry));
    TRY(entries_.put(name, std::move(entry)));
    return {};
}

// Both tables are grown before either is changed for good.
Status Store::put_label(const EntryName &name, Entry entry) {
    const Label label = Label::cut(name.key);
    const Endpoint process = entry.endpoint();
    const Label *known = labels_.find(process);
    const Label old_label = known == nullptr ? label : *known;
    if (known == nullptr) TRY(labels_.put(process, label));

    const Entry *old = entries_.find(name);
    const Endpoint old_process = old == nullptr ? process : old->endpoint();
    if (const auto added = entries_.put(name, std::move(entry)); !added) {
        if (known == nullptr) labels_.erase(process);
        return added.error();
    }
    if (old_process != process) labels_.erase(old_process);
    if (old_label != label) {
        entries_.erase(label_name(old_label));
        *labels_.find(process) = label;
        rename_owner(old_label, label);
    }
    return {};
}

void Store::rename_owner(const Label &from, const Label &to) {
    entries_.for_each([&](const EntryName &, Entry &entry) {
        if (entry.owner == from) entry.owner = to;
    });
}

// Labels belong to RS and are as many as there are services. Whoever overwrites an entry becomes its owner.
Status Store::check_quota(const Label &owner, std::uint64_t bytes, const Entry *replaced) const {
    std::uint64_t entries = 1, all = bytes;
    entries_.for_each([&](const EntryName &name, const Entry &entry) {
        if (name.type == Type::label || entry.owner != owner || &entry == replaced) return;
        ++entries;
        all += entry.bytes();
    });
    return entries <= max_entries && bytes <= max_bytes && all <= max_bytes ? Status{} : Status{Error::no_memory};
}

void Store::erase(const EntryName &name) {
    const Entry *entry = entries_.find(name);
    if (entry == nullptr) return;
    if (name.type == Type::label) labels_.erase(entry->endpoint());
    entries_.erase(name);
}

Endpoint Store::endpoint_of(std::string_view label) const {
    if (label.size() >= label_size) return endpoint::none;
    const Entry *entry = entries_.find(label_name(label));
    return entry == nullptr ? endpoint::none : entry->endpoint();
}

}  // namespace axo::ds
