// The counters of the whole system as one record (axo/system_counters.hpp): kernel's and PM's own at once, VM's and
// VFS's asked for. What the asking itself holds (the caller's process, one VFS request none) is part of the picture.
#include "axo/system_counters.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {
namespace {

Status add_kernel(SystemCounters &record) {
    KernelCounters kernel{};
    TRY(sys::get_info(InfoKind::counters, &kernel, sizeof kernel));
    record.free_process_slots = kernel.free_processes;
    record.free_privileges = kernel.free_privileges;
    record.free_message_buffers = kernel.free_message_buffers;
    record.table_frames = kernel.table_frames_used;
    record.free_table_frames = kernel.table_pool_frames;
    record.safe_maps = kernel.safe_maps;
    record.interrupt_hooks = kernel.interrupt_hooks;
    record.late_replies = kernel.late_replies_dropped;
    record.refused_calls = kernel.refused_calls;
    return {};
}

void add_vm(SystemCounters &record, const vm::Counters::Reply &vm) {
    record.total_frames = vm.total_frames;
    record.free_frames = vm.free_frames;
    record.cached_frames = vm.cached_frames;
    record.spaces = vm.spaces;
    record.regions = vm.regions;
}

void add_vfs(SystemCounters &record, const vfs::Counters::Reply &vfs) {
    record.open_files = vfs.open_files;
    record.vnodes = vfs.vnodes;
    record.pipes = vfs.pipes;
    record.requests = vfs.requests;
}

}  // namespace

std::int64_t Server::call_counters(Process &caller, Call call) {
    if (!caller.credentials.is_root()) return to_wire(Error::not_permitted);
    if (call.argument(1) != sizeof(SystemCounters)) return to_wire(Error::invalid);
    const SystemCounters probe{};  // a wild address, or a page still to be brought in, shows before anybody is asked
    if (const Status writable = put(caller, call.argument(0), probe); !writable) return to_wire(writable.error());
    caller.call.waiting = Waiting::busy;
    if (counters_task(caller.endpoint, call.argument(0)).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::no_memory);
}

sef::Task Server::counters_task(Endpoint endpoint, std::uint64_t address) {
    SystemCounters record{};
    const vm::Counters ask_vm{};
    const auto vm = co_await sef::request(endpoint::vm, ask_vm);
    const vfs::Counters ask_vfs{};
    const auto vfs = co_await sef::request(endpoint::vfs, ask_vfs);
    Process *process = processes_.find(endpoint);
    if (process == nullptr || !process->alive()) co_return;
    Status result = add_kernel(record);
    if (!vm) result = vm.error();
    if (!vfs) result = vfs.error();
    if (result) {
        add_vm(record, *vm);
        add_vfs(record, *vfs);
        for (const Process &other : processes_.all())
            ++(other.life == Life::zombie ? record.zombies : record.processes);
        record.grants = sys::grants().in_use();
        result = put(*process, address, record);
    }
    answer(*process, to_wire(result));
}

}  // namespace axo::pm
