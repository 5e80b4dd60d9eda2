// donate_frames, reclaim_frames, zero_frames, memory_map, resolve: frames between VM and the kernel.
#include "kernel/boot_info.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/call/map_checks.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/frame_owner.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/turn_changes.hpp"

#include <algorithm>
#include <cstring>

namespace axo::kernel::call {
namespace {

/// Frames cleared in one round of a long call.
constexpr std::uint64_t frames_at_once = 16, frames_looked_at = 4096;
constexpr std::uint64_t all_frames = 1ull << 40;  // more than any machine has
constexpr std::uint64_t frames_given_at_once = 4096;

void fill_frame(PhysAddr frame, const Resolve &request) {
    if (request.source == FrameSource::zero) std::memset(arch::ram(frame), 0, page_size);
    if (request.source == FrameSource::copy) std::memcpy(arch::ram(frame), arch::ram(request.copy_from), page_size);
}

Status check_source(const Resolve &request) {
    if (request.source == FrameSource::as_is) return {};
    if (!is_vm_ram(request.frame, 1)) return Error::not_permitted;
    if (request.source == FrameSource::zero) return {};
    if (request.source != FrameSource::copy) return Error::invalid;
    return is_vm_ram(request.copy_from, 1) ? Status{} : Status{Error::not_permitted};
}

/// The process whose fault or memory request this settles, or null. Errors: not_ready (it does not wait for the
/// caller).
Result<Process *> waiting_process(const Process &caller, Endpoint name) {
    if (name == endpoint::none) return nullptr;
    Process *process = find_process(name);
    const bool waits = process != nullptr && process->has(run_flag::awaiting_reply) &&
                       process->peer == caller.endpoint && !process->reply_held;
    if (!waits) return Error::not_ready;
    return process;
}

}  // namespace

CallResult donate_frames(Process &caller) {
    const PhysAddr first{number_argument(caller, 0)};
    const std::uint64_t pages = number_argument(caller, 1);
    if (pages > frames_given_at_once) return Error::too_big;
    if (!is_vm_ram(first, pages)) return Error::not_permitted;
    note_change(caller, the_machine, part::accounts);
    take_from_vm(first, pages);
    for (std::uint64_t i = 0; i < pages; ++i) the_kernel.table_pool.donate(first.offset(i * page_size));
    return 0;
}

CallResult reclaim_frames(Process &caller) {
    constexpr std::uint64_t most = 512;
    const std::uint64_t wanted = number_argument(caller, 1);
    if (wanted > most) return Error::too_big;
    const std::uint64_t count = wanted < the_kernel.table_pool.available() ? wanted : the_kernel.table_pool.available();
    const VirtAddr to = address_argument(caller, 0);
    const Status room =
        count == 0 ? Status{} : touch_memory(caller, {&caller, to}, count * sizeof(PhysAddr), Access::write);
    if (!room) return room.error();
    note_change(caller, the_machine, part::accounts);
    for (std::uint64_t i = 0; i < count; ++i) {
        const PhysAddr frame = the_kernel.table_pool.reclaim();
        give_to_vm(frame, 1);
        const Status written = write_own(caller, to.offset(i * sizeof frame), &frame, sizeof frame);
        if (!written) return written.error();
    }
    return count;
}

/// All are looked at before the first is cleared: progress counts either.
CallResult zero_frames(Process &caller) {
    const PhysAddr first{number_argument(caller, 0)};
    const std::uint64_t pages = number_argument(caller, 1);
    if (pages > all_frames) return Error::not_permitted;
    std::uint64_t &progress = caller.call_progress;
    if (progress < pages) {
        const std::uint64_t part = std::min(pages - progress, frames_looked_at);
        if (!is_vm_ram(first.offset(progress * page_size), part)) return Error::not_permitted;
        progress += part;
        if (progress < pages) return Error::restart_call;
    }
    const std::uint64_t part = std::min(2 * pages - progress, frames_at_once);
    const PhysAddr from = first.offset((progress - pages) * page_size);
    if (!is_vm_ram(from, part)) return Error::not_permitted;
    std::memset(arch::ram(from), 0, part * page_size);
    progress += part;
    if (progress < 2 * pages) return Error::restart_call;
    return 0;
}

CallResult memory_map(Process &caller) {
    const std::uint64_t room = number_argument(caller, 1);
    const std::uint64_t count = room < the_kernel.boot.free_memory.count ? room : the_kernel.boot.free_memory.count;
    return as_result(
        write_own(caller, address_argument(caller, 0), the_kernel.boot.free_memory.ranges, count * sizeof(MemoryRange)),
        count);
}

CallResult resolve(Process &caller) {
    const Resolve request = resolve_of([&](unsigned n) { return number_argument(caller, n); });
    Process *process = find_process(request.space);
    if (process == nullptr || process->space == nullptr) return Error::invalid;
    const Status allowed = check_mapping(request.address, request.frame, 1, request.flags);
    if (!allowed) return allowed.error();
    const Status source = check_source(request);
    if (!source) return source.error();
    Process *waiting = TRY(waiting_process(caller, request.answer));
    UserPageTable table = process->space->table();
    const Status mapped = table.map(request.address, request.frame, 1, request.flags, the_kernel.table_pool);
    if (!mapped) return mapped.error();
    fill_frame(request.frame, request);
    flush_range(*process->space, request.address, 1);
    // The answer leaves with the end of the caller's turn, as every answer.
    return waiting == nullptr ? CallResult{0} : as_result(hold_status(caller, *waiting, {}));
}

}  // namespace axo::kernel::call
