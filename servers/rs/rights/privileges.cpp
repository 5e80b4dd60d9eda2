// From a row of the boot table to the privilege structure the kernel keeps (ref 1.1, 3.3).
#include "axo/ipc.hpp"
#include "servers/rs/boot/boot_table.hpp"

namespace axo::rs {

namespace {

constexpr std::uint32_t all_traps = trap_bit(IpcCall::send) | trap_bit(IpcCall::receive) | trap_bit(IpcCall::sendrec) |
                                    trap_bit(IpcCall::notify) | trap_bit(IpcCall::sendnb) |
                                    trap_bit(IpcCall::reply_receive) | trap_bit(IpcCall::senda);

constexpr bool has(std::uint32_t groups, CallGroup group) { return (groups & static_cast<std::uint32_t>(group)) != 0; }

void set_range(BitMask<128> &mask, KernelCall first, KernelCall last) {
    for (unsigned call = call_bit(first); call <= call_bit(last); ++call) mask.set(call);
}

template <std::size_t count>
void set_peers(PeerMask &mask, const std::array<Endpoint, count> &peers) {
    for (const Endpoint peer : peers) {
        if (!peer.is_process()) break;
        mask.set(peer.slot());
    }
}

void set_devices(Privileges &privileges, const BootEntry &entry) {
    for (const IoRange range : entry.io)
        if (range.last != 0) privileges.io[privileges.io_count++] = range;
    for (const std::uint8_t irq : entry.irqs)
        if (irq != 0) privileges.irqs[privileges.irq_count++] = irq;
    privileges.flags |= privilege_flag::check_io | privilege_flag::check_irq | privilege_flag::check_memory;
}

}  // namespace

BitMask<128> kernel_call_mask(std::uint32_t groups) {
    BitMask<128> mask{};
    using enum KernelCall;
    if (has(groups, CallGroup::basic)) set_range(mask, null, process_info);
    if (has(groups, CallGroup::processes)) {
        for (const KernelCall call : {fork, exec, clear, schedule, run_control, set_segment_base, set_route, set_clock,
                                      interrupt_user, start_thread, shutdown})
            mask.set(call_bit(call));
    }
    if (has(groups, CallGroup::signals)) set_range(mask, kill, run_control);
    if (has(groups, CallGroup::kill)) mask.set(call_bit(kill));
    if (has(groups, CallGroup::user_memory)) {
        for (const KernelCall call : {virtual_copy, copy_argument, check_range, fill_user}) mask.set(call_bit(call));
    }
    if (has(groups, CallGroup::privileges)) {
        for (const KernelCall call : {privilege_control, schedule, update, clear, exec, shutdown})
            mask.set(call_bit(call));
    }
    if (has(groups, CallGroup::memory)) set_range(mask, space_create, space_swap);
    if (has(groups, CallGroup::devices)) set_range(mask, irq_control, port_string);
    if (has(groups, CallGroup::clock)) mask.set(call_bit(read_cmos));
    return mask;
}

Privileges boot_privileges(const BootEntry &entry) {
    Privileges privileges{};
    privileges.flags = privilege_flag::system_process | privilege_flag::preemptible;
    privileges.id = entry.endpoint.slot();
    privileges.traps = all_traps;
    privileges.signal_manager = endpoint::rs;
    set_peers(privileges.may_block_on, entry.blocks_on);
    if (entry.endpoint != endpoint::rs) privileges.may_block_on.set(endpoint::rs.slot());
    set_peers(privileges.may_send_to, entry.sends_to);
    privileges.kernel_calls = kernel_call_mask(entry.kernel_calls);
    set_devices(privileges, entry);
    return privileges;
}

Privileges user_privileges() {
    Privileges privileges{};
    privileges.flags = privilege_flag::billable | privilege_flag::preemptible;
    privileges.id = user_privilege_id;
    privileges.traps = trap_bit(IpcCall::sendrec);
    privileges.signal_manager = endpoint::pm;
    for (const Endpoint server : {endpoint::pm, endpoint::vfs, endpoint::rs, endpoint::vm})
        privileges.may_block_on.set(server.slot());
    return privileges;
}

}  // namespace axo::rs
