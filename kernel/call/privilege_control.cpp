// privilege_control: who may run, and with which rights (ref 1.10).
#include "kernel/call/calls.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/privilege.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {
namespace {

constexpr std::uint32_t max_io = 32, max_memory = 10, max_irqs = 16;

/// What set_system gives when the caller names nothing else.
Privileges default_rights() {
    Privileges rights{};
    rights.flags = privilege_flag::preemptible | privilege_flag::system_process | privilege_flag::dynamic_id;
    rights.traps = ~0u;
    rights.signal_manager = endpoint::rs;
    rights.may_block_on.fill();
    rights.may_send_to.fill();
    rights.may_send_to.reset(user_privilege_id);
    rights.kernel_calls.fill();
    return rights;
}

Result<Privileges> wanted_rights(Process &caller) {
    const VirtAddr from = address_argument(caller, 2);
    if (from.value == 0) return default_rights();
    const Privileges rights = TRY(read_own<Privileges>(caller, from));
    if (rights.io_count > max_io || rights.memory_count > max_memory || rights.irq_count > max_irqs)
        return Error::invalid;
    return rights;
}

/// The lists count only when the flag says that they are checked.
void install(Privilege &privilege, const Privileges &wanted) {
    const unsigned id = privilege.id();
    privilege.rights = wanted;
    privilege.rights.id = id;
    privilege.rights.flags |= privilege_flag::system_process;
    if ((wanted.flags & privilege_flag::check_io) == 0) privilege.rights.io_count = 0;
    if ((wanted.flags & privilege_flag::check_memory) == 0) privilege.rights.memory_count = 0;
    if ((wanted.flags & privilege_flag::check_irq) == 0) privilege.rights.irq_count = 0;
    for (unsigned peer = 0; peer < max_system_processes; ++peer)
        set_may_send(privilege, peer,
                     wanted.may_send_to.test(peer) || the_kernel.privileges[peer].rights.may_send_to.test(id));
}

CallResult set_system(Process &caller, Process &process) {
    const bool owns_one = process.privilege != nullptr && process.is_user == 0;
    if (!process.has(run_flag::no_priv)) return Error::not_permitted;
    if (owns_one) return Error::busy;
    const Privileges wanted = TRY(wanted_rights(caller));
    Privilege &privilege = *TRY(allocate_privilege(process, wanted.flags, wanted.id));
    process.privilege = &privilege;
    process.is_user = 0;
    install(privilege, wanted);
    note_change(caller, process.endpoint, part::rights | part::life);
    note_change(caller, the_machine, part::accounts);
    return privilege.id();
}

CallResult set_user(Process &caller, Process &process) {
    const bool owns_one = process.privilege != nullptr && process.is_user == 0;
    if (!process.has(run_flag::no_priv) || owns_one) return Error::not_permitted;
    link_to_users(process);
    note_change(caller, process.endpoint, part::rights | part::life);
    return 0;
}

CallResult allow(Process &caller, Process &process) {
    if (!process.has(run_flag::no_priv) || process.privilege == nullptr) return Error::not_permitted;
    release(process, run_flag::no_priv);
    note_change(caller, process.endpoint, part::life);
    return 0;
}

CallResult disallow(Process &caller, Process &process) {
    if (process.has(run_flag::no_priv) || &process == &caller) return Error::not_permitted;
    stop(process, run_flag::no_priv);
    note_change(caller, process.endpoint, part::life);
    return 0;
}

/// Appends one element to a list of rights and switches its check on.
template <typename T, std::size_t size>
CallResult append(Process &caller, Privileges &rights, T (&list)[size], std::uint32_t &count, std::uint32_t flag) {
    const T element = TRY(read_own<T>(caller, address_argument(caller, 2)));
    if (count == size) return Error::no_memory;
    list[count++] = element;
    rights.flags |= flag;
    return 0;
}

CallResult add(Process &caller, Process &process, PrivilegeRequest request) {
    const bool system = process.privilege != nullptr && process.is_user == 0;
    if (process.has(run_flag::no_priv) || !system) return Error::not_permitted;
    Privileges &rights = process.privilege->rights;
    note_change(caller, process.endpoint, part::rights);
    if (request == PrivilegeRequest::add_io)
        return append(caller, rights, rights.io, rights.io_count, privilege_flag::check_io);
    if (request == PrivilegeRequest::add_memory)
        return append(caller, rights, rights.memory, rights.memory_count, privilege_flag::check_memory);
    return append(caller, rights, rights.irqs, rights.irq_count, privilege_flag::check_irq);
}

CallResult query_memory(Process &caller, const Process &process) {
    const MemoryRange wanted = TRY(read_own<MemoryRange>(caller, address_argument(caller, 2)));
    if (process.privilege == nullptr) return Error::not_permitted;
    const Status allowed = check_read(caller, process.endpoint, part::rights);
    if (!allowed) return allowed.error();
    const Privileges &rights = process.privilege->rights;
    for (std::uint32_t i = 0; i < rights.memory_count; ++i) {
        const MemoryRange &range = rights.memory[i];
        if (wanted.start < range.start || wanted.bytes > range.bytes) continue;
        if (wanted.start.value - range.start.value <= range.bytes - wanted.bytes) return 0;
    }
    return Error::not_permitted;
}

CallResult read(Process &caller, const Process &process) {
    if (process.privilege == nullptr) return Error::not_permitted;
    const Status allowed = check_read(caller, process.endpoint, part::rights);
    if (!allowed) return allowed.error();
    const Privileges &rights = process.privilege->rights;
    return as_result(write_own(caller, address_argument(caller, 2), &rights, sizeof rights));
}

}  // namespace

CallResult privilege_control(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const auto request = static_cast<PrivilegeRequest>(number_argument(caller, 1));
    switch (request) {
        case PrivilegeRequest::allow: return allow(caller, process);
        case PrivilegeRequest::disallow: return disallow(caller, process);
        case PrivilegeRequest::set_system: return set_system(caller, process);
        case PrivilegeRequest::set_user: return set_user(caller, process);
        case PrivilegeRequest::add_io:
        case PrivilegeRequest::add_memory:
        case PrivilegeRequest::add_irq: return add(caller, process, request);
        case PrivilegeRequest::query_memory: return query_memory(caller, process);
        case PrivilegeRequest::read: return read(caller, process);
    }
    return Error::invalid;
}

}  // namespace axo::kernel::call
