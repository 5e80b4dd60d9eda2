// Following a grant from its last grantee back to the memory that is meant.
#include "kernel/grant.hpp"

#include "kernel/privilege.hpp"

namespace axo::kernel {
namespace {

constexpr std::uint32_t sequence_shift = 16, index_mask = 0xffff;

/// Reads an entry out of the granter's memory for the caller.
Result<GrantEntry> read_entry(Process &caller, Process &granter, GrantId id) {
    const Privilege *privilege = granter.privilege;
    const auto raw = static_cast<std::uint32_t>(id.value);
    const std::uint32_t index = raw & index_mask;
    if (privilege == nullptr || granter.is_user != 0 || granter.has(run_flag::no_priv)) return Error::not_permitted;
    if (index >= privilege->grant_count) return Error::not_permitted;
    GrantEntry entry;
    const VirtAddr from = privilege->grant_table.offset(std::uint64_t{index} * sizeof(GrantEntry));
    const Status read = read_foreign(caller, {&granter, from}, &entry, sizeof entry);
    if (!read) return read.error() == Error::fault ? Error::not_permitted : read.error();
    constexpr std::uint32_t wanted = grant_flag::used | grant_flag::valid;
    if ((entry.flags & wanted) != wanted || entry.sequence != raw >> sequence_shift) return Error::not_permitted;
    return entry;
}

Status check_entry(const GrantEntry &entry, Endpoint grantee, const GrantUse &use) {
    const bool right_grantee = entry.grantee == grantee || entry.grantee == endpoint::any;
    const bool right_access = (entry.flags & use.access) == use.access;
    const bool right_range = use.offset <= entry.bytes && use.bytes <= entry.bytes - use.offset;
    if (!right_grantee || !right_access || !right_range) return Error::not_permitted;
    return {};
}

}  // namespace

Result<MemoryPlace> verify_grant(Process &caller, const GrantUse &use) {
    Endpoint granter_name = use.granter, grantee = caller.endpoint;
    GrantId id = use.grant;
    for (unsigned hops = 0;; ++hops) {
        Process *granter = find_process(granter_name);
        if (granter == nullptr || id.value < 0) return Error::invalid;
        const GrantEntry entry = TRY(read_entry(caller, *granter, id));
        if ((entry.flags & grant_flag::indirect) != 0) {
            const bool for_me = entry.grantee == grantee || entry.grantee == endpoint::any;
            if (!for_me) return Error::not_permitted;
            if (hops == max_indirection) return Error::loop;
            grantee = granter_name;
            granter_name = entry.owner;
            id = entry.previous;
            continue;
        }
        const Status allowed = check_entry(entry, grantee, use);
        if (!allowed) return allowed.error();
        const bool magic = (entry.flags & grant_flag::magic) != 0;
        if (magic && granter_name != endpoint::vfs) return Error::not_permitted;
        Process *owner = magic ? find_process(entry.owner) : granter;
        if (owner == nullptr) return Error::invalid;
        return MemoryPlace{owner, entry.address.offset(use.offset)};
    }
}

}  // namespace axo::kernel
