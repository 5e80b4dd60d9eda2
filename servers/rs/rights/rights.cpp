// What a service may do: from its start record, or for one of the boot archive from its row of the boot table.
// Send masks go by privilege ids, which change with every incarnation, so they are made anew at each start (ref 3.5).
#include "servers/rs/rights/rights.hpp"

#include "axo/ipc.hpp"

namespace axo::rs {

namespace {

constexpr std::uint32_t all_traps = trap_bit(IpcCall::send) | trap_bit(IpcCall::receive) | trap_bit(IpcCall::sendrec) |
                                    trap_bit(IpcCall::notify) | trap_bit(IpcCall::sendnb) |
                                    trap_bit(IpcCall::reply_receive) | trap_bit(IpcCall::senda);

struct ReservedName {
    std::string_view name, label;
};
constexpr ReservedName reserved_names[] = {{"PM", "pm"},   {"VFS", "vfs"}, {"RS", "rs"}, {"LOG", "log"},
                                           {"TTY", "tty"}, {"DS", "ds"},   {"VM", "vm"}};

std::string_view label_named(std::string_view word) {
    for (const ReservedName &reserved : reserved_names)
        if (reserved.name == word) return reserved.label;
    return word;
}

/// Calls `use` with every word of a blank-separated list.
template <typename F>
void for_words(std::string_view list, F use) {
    while (!list.empty()) {
        const std::size_t blank = std::min(list.find(' '), list.size());
        if (blank != 0) use(std::string_view(list.data(), blank));
        list.remove_prefix(blank == list.size() ? blank : blank + 1);
    }
}

bool names(std::string_view list, std::string_view label) {
    bool found = false;
    for_words(list, [&](std::string_view word) { found = found || label_named(word) == label; });
    return found;
}

bool has_list(const service::StartRecord &record) { return (record.flags & service::start_flag::ipc_list) != 0; }

}  // namespace

Privileges Rights::of(const Service &service, const service::StartRecord &record) {
    const BootEntry *entry = find_boot_entry(service.label);
    Privileges rights = entry != nullptr ? of_boot_service(*entry) : of_started(service, record);
    service.given.add_to(rights);
    return rights;
}

std::uint64_t Rights::vm_calls(const Service &service, const service::StartRecord &record) {
    const BootEntry *entry = find_boot_entry(service.label);
    return entry != nullptr ? entry->vm_calls : basic_vm_calls() | record.vm_calls;
}

Privileges Rights::at_boot(const BootEntry &entry) const {
    Privileges rights = boot_privileges(entry);
    add_root(rights, entry);
    return rights;
}

void Rights::add_root(Privileges &rights, const BootEntry &entry) const {
    if (entry.endpoint == endpoint::memory && root_.bytes != 0)
        rights.memory[rights.memory_count++] = {root_.start, root_.bytes};
}

/// As at boot, but for its own id and those of peers that were restarted since.
Privileges Rights::of_boot_service(const BootEntry &entry) {
    Privileges rights = boot_privileges(entry);
    rights.flags |= privilege_flag::dynamic_id;
    rights.may_send_to = {};
    rights.may_block_on = {};
    for (const Endpoint peer : entry.sends_to) {
        if (!peer.is_process()) break;
        if (const BootEntry *known = find_boot_entry(peer)) add_peer(rights, known->label);
    }
    rights.may_block_on.set(services_.find(endpoint::rs)->active.privilege_id);
    for (const Endpoint helper : entry.blocks_on) {
        if (!helper.is_process()) break;
        rights.may_block_on.set(services_.find(helper)->active.privilege_id);
    }
    add_root(rights, entry);
    return rights;
}

Privileges Rights::of_started(const Service &service, const service::StartRecord &record) {
    Privileges rights{};
    rights.flags = privilege_flag::system_process | privilege_flag::preemptible | privilege_flag::dynamic_id |
                   privilege_flag::check_io | privilege_flag::check_irq | privilege_flag::check_memory;
    rights.traps = all_traps;
    rights.signal_manager = endpoint::rs;
    rights.kernel_calls = kernel_call_mask(static_cast<std::uint32_t>(CallGroup::basic));
    if ((record.flags & service::start_flag::kernel_calls) != 0)
        for (unsigned i = 0; i < 2; ++i) rights.kernel_calls.words[i] |= record.kernel_calls.words[i];
    rights.io_count = record.io_count;
    std::copy(record.io, record.io + record.io_count, rights.io);
    rights.irq_count = record.irq_count;
    std::copy(record.irqs, record.irqs + record.irq_count, rights.irqs);
    if (has_list(record)) {
        add_listed(rights, text_of(record.ipc));
    } else {
        rights.may_send_to.fill();
        rights.may_send_to.reset(user_privilege_id);
    }
    for (const std::string_view helper : {"rs", "vm", "ds"}) {
        add_peer(rights, helper);
        rights.may_block_on.set(services_.find(helper)->active.privilege_id);
    }
    add_who_may_send(rights, service);
    return rights;
}

void Rights::add_listed(Privileges &rights, std::string_view list) {
    for_words(list, [&](std::string_view word) {
        if (word == "USER")
            rights.may_send_to.set(user_privilege_id);
        else
            add_peer(rights, label_named(word));  // an unknown one, or SYSTEM, which needs no right, is skipped
    });
}

void Rights::add_peer(Privileges &rights, std::string_view label) {
    const Service *peer = services_.find(label);
    if (peer != nullptr && peer->active.privilege_id < max_system_processes)
        rights.may_send_to.set(peer->active.privilege_id);
}

/// Sending is symmetric: whose list names this service, or who has no list, gets answers from it.
void Rights::add_who_may_send(Privileges &rights, const Service &to) {
    for (const Service &from : services_.all()) {
        if (from.phase == Phase::free || &from == &to || from.has(service_flag::boot)) continue;
        if (!has_list(from.record) || names(text_of(from.record.ipc), to.label)) add_peer(rights, from.label);
    }
}

}  // namespace axo::rs
