// Following a grant from its last grantee back to the memory that is meant.
#include "kernel/memory/grant.hpp"

#include "kernel/kernel.hpp"
#include "kernel/process/privilege.hpp"

namespace axo::kernel {
namespace {

constexpr std::uint32_t sequence_shift = 16, index_mask = 0xffff;

/// The entry in the granter's memory: in its place where it is aligned and in one page, else a copy in `room`.
Result<const GrantEntry *> find_entry(Process &caller, Process &granter, std::uint32_t index, GrantEntry &room) {
    const VirtAddr at = granter.privilege->grant_table.offset(std::uint64_t{index} * sizeof(GrantEntry));
    const bool whole = at.value % page_size <= page_size - sizeof(GrantEntry);
    if (whole && at.value % alignof(GrantEntry) == 0) {
        const std::byte *entry = TRY(locate(caller, {&granter, at}, sizeof(GrantEntry), Access::read));
        return reinterpret_cast<const GrantEntry *>(entry);
    }
    TRY(read_foreign(caller, {&granter, at}, &room, sizeof room));
    return &room;
}

std::uint32_t index_of(GrantId id) { return static_cast<std::uint32_t>(id.value) & index_mask; }

bool is_live(const GrantEntry &entry, GrantId id) {
    constexpr std::uint32_t wanted = grant_flag::used | grant_flag::valid;
    return (entry.flags & wanted) == wanted && entry.sequence == static_cast<std::uint32_t>(id.value) >> sequence_shift;
}

/// The live entry that the id means. Nobody changes it meanwhile: its owner does not run.
Result<const GrantEntry *> entry_of(Process &caller, Process &granter, GrantId id, GrantEntry &room) {
    const Privilege *privilege = granter.privilege;
    const std::uint32_t index = index_of(id);
    if (privilege == nullptr || granter.is_user != 0 || granter.has(run_flag::no_priv)) return Error::not_permitted;
    if (index >= privilege->grant_count) return Error::not_permitted;
    const Result<const GrantEntry *> entry = find_entry(caller, granter, index, room);
    if (!entry) return entry.error() == Error::fault ? Error::not_permitted : entry.error();
    if (!is_live(**entry, id)) return Error::not_permitted;
    return entry;
}

bool is_allowed(const GrantEntry &entry, Endpoint grantee, const GrantUse &use) {
    const bool right_grantee = entry.grantee == grantee || entry.grantee == endpoint::any;
    const bool right_access = (entry.flags & use.access) == use.access;
    return right_grantee && right_access && use.offset <= entry.bytes && use.bytes <= entry.bytes - use.offset;
}

/// Calls note(granter, id) for every grant that is followed.
template <typename Note>
[[gnu::always_inline]] inline Result<MemoryPlace> follow(Process &caller, const GrantUse &use, Note note) {
    Endpoint granter_name = use.granter, grantee = caller.endpoint;
    GrantId id = use.grant;
    for (unsigned hops = 0;; ++hops) {
        Process *granter = find_process(granter_name);
        if (granter == nullptr || id.value < 0) return Error::invalid;
        GrantEntry room;
        const GrantEntry &entry = *TRY(entry_of(caller, *granter, id, room));
        note(granter_name, id);
        if ((entry.flags & grant_flag::indirect) != 0) {
            const bool for_me = entry.grantee == grantee || entry.grantee == endpoint::any;
            if (!for_me) return Error::not_permitted;
            if (hops == max_indirection) return Error::loop;
            grantee = granter_name;
            granter_name = entry.owner;
            id = entry.previous;
            continue;
        }
        if (!is_allowed(entry, grantee, use)) return Error::not_permitted;
        const bool magic = (entry.flags & grant_flag::magic) != 0;
        if (magic && granter_name != endpoint::vfs) return Error::not_permitted;
        Process *owner = magic ? find_process(entry.owner) : granter;
        if (owner == nullptr) return Error::invalid;
        return MemoryPlace{owner, entry.address.offset(use.offset)};
    }
}

}  // namespace

Result<MemoryPlace> verify_grant(Process &caller, const GrantUse &use) {
    return follow(caller, use, [](Endpoint, GrantId) {});
}

Result<MemoryPlace> verify_grant(Process &caller, const GrantUse &use, GrantChain &chain) {
    chain.count = 0;
    return follow(caller, use, [&](Endpoint granter, GrantId id) { chain.links[chain.count++] = {granter, id}; });
}

bool grant_needs(Endpoint granter, GrantId grant, Endpoint wanted) {
    for (unsigned hops = 0; hops <= max_indirection; ++hops) {
        if (granter == wanted) return true;
        const Process *process = find_process(granter);
        const bool grants = process != nullptr && process->privilege != nullptr && process->is_user == 0;
        if (!grants || grant.value < 0 || index_of(grant) >= process->privilege->grant_count) return false;
        GrantEntry entry;
        const VirtAddr at = process->privilege->grant_table.offset(index_of(grant) * sizeof entry);
        if (!peek(*process, at, &entry, sizeof entry)) return true;
        if (!is_live(entry, grant) || (entry.flags & grant_flag::indirect) == 0) return false;
        granter = entry.owner;
        grant = entry.previous;
    }
    return false;
}

}  // namespace axo::kernel
