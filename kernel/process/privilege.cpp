// The table of privilege structures.
#include "kernel/process/privilege.hpp"

#include "kernel/kernel.hpp"

namespace axo::kernel {

namespace {

void reset(Privilege &privilege, unsigned id) {
    const std::uint32_t reserved = privilege.buffers_reserved;
    privilege = Privilege{};
    privilege.rights.id = id;
    privilege.rights.signal_manager = endpoint::none;
    privilege.alarm = no_alarm;
    privilege.update_peer = endpoint::none;
    privilege.buffers_reserved = reserved;
}

Privilege &take(Privilege &privilege, Process &owner) {
    reset(privilege, privilege.id());
    privilege.owner = &owner;
    privilege.in_use = true;
    return privilege;
}

}  // namespace

PrivilegeTable::PrivilegeTable() : structures{} {
    for (unsigned id = 0; id < max_system_processes; ++id) reset(structures[id], id);
    Privilege &users = structures[user_privilege_id];
    users.in_use = true;
    users.rights.flags = privilege_flag::billable | privilege_flag::preemptible;
    users.rights.traps = trap_bit(IpcCall::sendrec);
    users.rights.signal_manager = endpoint::pm;
}

Result<Privilege *> allocate_privilege(Process &owner, std::uint32_t flags, std::uint32_t static_id) {
    PrivilegeTable &table = the_kernel.privileges;
    if ((flags & privilege_flag::dynamic_id) == 0) {
        if (static_id >= first_dynamic_privilege_id) return Error::invalid;
        if (table[static_id].in_use) return Error::busy;
        return &take(table[static_id], owner);
    }
    for (unsigned tried = first_dynamic_privilege_id; tried < max_system_processes; ++tried) {
        Privilege &privilege = table[table.next_dynamic];
        if (++table.next_dynamic >= max_system_processes) table.next_dynamic = first_dynamic_privilege_id;
        if (!privilege.in_use) return &take(privilege, owner);
    }
    return Error::no_space;
}

void release_privilege(Privilege &privilege) {
    const unsigned id = privilege.id();
    for (Privilege &other : the_kernel.privileges) {
        other.rights.may_send_to.reset(id);
        other.rights.may_block_on.reset(id);
        other.notes.reset(id);
    }
    reset(privilege, id);
}

void link_to_users(Process &process) {
    process.privilege = &the_kernel.privileges[user_privilege_id];
    process.is_user = 1;
}

void set_may_send(Privilege &a, unsigned b, bool allowed) {
    Privilege &other = the_kernel.privileges[b];
    if (allowed && other.in_use && &other != &a) {
        a.rights.may_send_to.set(b);
        const bool only_receives = other.rights.traps == trap_bit(IpcCall::receive);
        if (!only_receives) other.rights.may_send_to.set(a.id());
        return;
    }
    a.rights.may_send_to.reset(b);
    other.rights.may_send_to.reset(a.id());
}

unsigned free_privilege_count() {
    unsigned count = 0;
    for (const Privilege &privilege : the_kernel.privileges) count += privilege.in_use ? 0u : 1u;
    return count;
}

}  // namespace axo::kernel
