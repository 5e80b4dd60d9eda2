// space_create, space_destroy, map, unmap, protect, clone_range, query_page, space_swap: page tables in VM's hands.
#include "kernel/call/calls.hpp"
#include "kernel/call/map_checks.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {
namespace {

constexpr unsigned max_runs = 512;
constexpr std::uint64_t max_pages_at_once = 1ull << 20;
constexpr std::uint64_t entries_at_once = 4096;  // of page tables, in one round of a long call

/// All runs fit, and there are tables enough for them: then mapping them cannot fail.
Status check_runs(Process &caller, Process &process, VirtAddr from, std::uint64_t count) {
    const UserPageTable table = process.space->table();
    UserPageTable::TableCount needed(table);
    std::uint64_t pages = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const MapRun run = TRY(read_own<MapRun>(caller, from.offset(i * sizeof(MapRun))));
        if (run.pages > max_pages_at_once - pages) return Error::too_big;
        const Status allowed = check_mapping(run.address, run.frame, run.pages, run.flags);
        if (!allowed) return allowed;
        pages += run.pages;
        needed.add(run.address, run.pages);
    }
    return needed.frames() > the_kernel.table_pool.available() ? Status{Error::tables_needed} : Status{};
}

void map_run(Process &process, const MapRun &run) {
    UserPageTable table = process.space->table();
    (void)table.map(run.address, run.frame, run.pages, run.flags, the_kernel.table_pool);
    flush_range(*process.space, run.address, run.pages);
}

/// What is left of a range of which call_progress pages are done.
struct Rest {
    VirtAddr address;
    std::uint64_t pages;
};
Rest rest_of(const Process &caller, VirtAddr address, std::uint64_t pages) {
    return {address.offset(caller.call_progress * page_size), pages - caller.call_progress};
}

CallResult end_of_round(Process &caller, std::uint64_t pages_done, std::uint64_t pages) {
    caller.call_progress += pages_done;
    if (caller.call_progress < pages) return Error::restart_call;
    return 0;
}

void note_space_change(Process &caller, const Process &process) {
    note_change(caller, process.endpoint, part::space);
    note_change(caller, the_machine, part::accounts);
}

Result<Process *> space_argument(Process &caller, unsigned n) {
    Process &process = *TRY(process_argument(caller, n));
    if (process.space == nullptr) return Error::invalid;
    return &process;
}

}  // namespace

CallResult space_create(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const Status created = create_space(process);
    if (created) note_space_change(caller, process);
    return as_result(created);
}

/// The space is gone in the first round; its tables come back in as many as it takes. Progress is their number and one.
CallResult space_destroy(Process &caller) {
    if (caller.call_progress == 0) {
        Process &process = *TRY(space_argument(caller, 0));
        if (&process == &caller) return Error::invalid;
        drop_space(process);
        note_space_change(caller, process);
        caller.call_progress = 1;
    }
    const std::size_t before = the_kernel.table_pool.available();
    const bool finished = reap_spaces();
    caller.call_progress += the_kernel.table_pool.available() - before;
    if (!finished) return Error::restart_call;
    return caller.call_progress - 1;
}

CallResult map(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    const VirtAddr from = address_argument(caller, 1);
    const std::uint64_t count = number_argument(caller, 2);
    if (count > max_runs) return Error::too_big;
    const Status possible = check_runs(caller, process, from, count);
    if (!possible) return possible.error();
    const bool may_hide_the_list =
        process.space == caller.space;  // behind other pages, with runs that nobody has checked
    for (std::uint64_t i = 0; i < count; ++i) {
        const MapRun run = TRY(read_own<MapRun>(caller, from.offset(i * sizeof(MapRun))));
        const Status allowed =
            may_hide_the_list ? check_mapping(run.address, run.frame, run.pages, run.flags) : Status{};
        if (!allowed) return allowed.error();
        map_run(process, run);
    }
    return 0;
}

CallResult unmap(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    const VirtAddr address = address_argument(caller, 1);
    const std::uint64_t pages = number_argument(caller, 2);
    UserPageTable table = process.space->table();
    const Rest rest = rest_of(caller, address, pages);
    const auto removed = TRY(table.unmap(rest.address, rest.pages, the_kernel.table_pool, entries_at_once));
    if (removed.tables != 0)
        flush_space(*process.space);
    else
        flush_range(*process.space, rest.address, removed.through);
    return end_of_round(caller, removed.through, pages);
}

CallResult protect(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    const VirtAddr address = address_argument(caller, 1);
    const std::uint64_t pages = number_argument(caller, 2);
    const auto flags = static_cast<std::uint32_t>(number_argument(caller, 3));
    const Status allowed = check_map_flags(flags);
    if (!allowed) return allowed.error();
    UserPageTable table = process.space->table();
    const Rest rest = rest_of(caller, address, pages);
    const auto changed = TRY(table.protect(rest.address, rest.pages, flags, entries_at_once));
    flush_range(*process.space, rest.address, changed.through);
    return end_of_round(caller, changed.through, pages);
}

/// In rounds, each of which has what it needs or changes nothing: after an error a part may be copied, and the same
/// again completes it.
CallResult clone_range(Process &caller) {
    Process &from = *TRY(space_argument(caller, 0));
    Process &to = *TRY(space_argument(caller, 1));
    const VirtAddr address = address_argument(caller, 2);
    const std::uint64_t pages = number_argument(caller, 3);
    if (from.space == to.space) return Error::invalid;
    UserPageTable source = from.space->table(), target = to.space->table();
    const Rest rest = rest_of(caller, address, pages);
    const auto copied =
        TRY(target.clone_range(source, rest.address, rest.pages, the_kernel.table_pool, entries_at_once));
    flush_space(*from.space);
    flush_space(*to.space);
    return end_of_round(caller, copied.through, pages);
}

CallResult query_page(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    const Status allowed = check_read(caller, process.endpoint, part::space);
    if (!allowed) return allowed.error();
    const Mapping mapping = TRY(process.space->table().query(address_argument(caller, 1)));
    return mapping.frame.value | mapping.flags;
}

CallResult space_swap(Process &caller) {
    Process &a = *TRY(process_argument(caller, 0));
    Process &b = *TRY(process_argument(caller, 1));
    if (&a == &b || &a == &caller || &b == &caller) return Error::invalid;
    swap_spaces(a, b);
    note_space_change(caller, a);
    note_space_change(caller, b);
    return 0;
}

}  // namespace axo::kernel::call
