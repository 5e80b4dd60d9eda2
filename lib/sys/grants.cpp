// The grant table: entries chained while free, sequence numbers raised at every revocation.
#include "lib/sys/grants.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::sys {

namespace {

constexpr std::uint32_t max_sequence = 0x7fff;

constexpr std::uint32_t index_of(GrantId grant) { return static_cast<std::uint32_t>(grant.value) & 0xffff; }
constexpr std::uint32_t sequence_of(GrantId grant) { return static_cast<std::uint32_t>(grant.value) >> 16; }

}  // namespace

Result<GrantId> GrantTable::direct(Endpoint grantee, const void *start, std::size_t bytes, Access access) {
    GrantEntry entry{};
    entry.flags = grant_flag::direct | static_cast<std::uint32_t>(access);
    entry.grantee = grantee;
    entry.address = VirtAddr{reinterpret_cast<std::uint64_t>(start)};
    entry.bytes = bytes;
    return add(entry);
}

Result<GrantId> GrantTable::magic(Endpoint grantee, Endpoint owner, VirtAddr start, std::uint64_t bytes,
                                  Access access) {
    GrantEntry entry{};
    entry.flags = grant_flag::magic | static_cast<std::uint32_t>(access);
    entry.grantee = grantee;
    entry.owner = owner;
    entry.address = start;
    entry.bytes = bytes;
    return add(entry);
}

Result<GrantId> GrantTable::indirect(Endpoint grantee, Endpoint granter, GrantId grant) {
    GrantEntry entry{};
    entry.flags = grant_flag::indirect;
    entry.grantee = grantee;
    entry.owner = granter;
    entry.previous = grant;
    return add(entry);
}

Result<GrantId> GrantTable::add(const GrantEntry &entry) {
    if (first_free_ == end_of_list) TRY(grow());
    const std::uint32_t index = first_free_;
    GrantEntry &place = entries_.data()[index];
    const std::uint32_t sequence = place.sequence;
    first_free_ = place.reserved;
    place = entry;
    place.sequence = sequence;
    place.flags |= grant_flag::used | grant_flag::valid;
    ++in_use_;
    return GrantId{static_cast<std::int32_t>(sequence << 16 | index)};
}

void GrantTable::revoke(GrantId grant) {
    if (find(grant) == nullptr) return;
    GrantEntry &place = entries_.data()[index_of(grant)];
    const bool mappable = (place.flags & grant_flag::map) != 0;
    place.flags = 0;  // first, so that nobody maps it anew while mappings are taken back
    if (mappable) static_cast<void>(safe_revoke(grant));
    place.address = VirtAddr{0};
    place.sequence = place.sequence == max_sequence ? 0 : place.sequence + 1;
    place.reserved = first_free_;
    first_free_ = index_of(grant);
    --in_use_;
}

const GrantEntry *GrantTable::find(GrantId grant) const {
    if (grant.value < 0 || index_of(grant) >= entries_.size()) return nullptr;
    const GrantEntry &place = entries_.data()[index_of(grant)];
    const bool live = (place.flags & grant_flag::used) != 0 && place.sequence == sequence_of(grant);
    return live ? &place : nullptr;
}

// The new table is announced before the old one is freed: the kernel may read it at any time.
Status GrantTable::grow() {
    const std::size_t old_size = entries_.size();
    const std::size_t new_size = old_size == 0 ? 16 : old_size * 2;
    if (new_size > max_grants) return Error::no_memory;
    Vector<GrantEntry> larger(entries_.heap());
    TRY(larger.reserve(new_size));
    TRY(larger.append(entries_.span()));
    TRY(larger.resize(new_size));
    for (std::size_t i = old_size; i < new_size; ++i) {
        larger[i].reserved = i + 1 < new_size ? static_cast<std::uint32_t>(i + 1) : end_of_list;
    }
    TRY(set_grant_table(larger.data(), new_size));
    entries_ = std::move(larger);
    first_free_ = static_cast<std::uint32_t>(old_size);
    return {};
}

Status GrantTable::announce() {
    if (entries_.empty()) return {};
    return set_grant_table(entries_.data(), entries_.size());
}

}  // namespace axo::sys
