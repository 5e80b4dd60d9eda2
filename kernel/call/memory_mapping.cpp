// space_create, space_destroy, map, unmap, protect, clone_range, query_page, space_swap: page tables in VM's hands.
#include "kernel/call/calls.hpp"
#include "kernel/call/map_checks.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/user_memory.hpp"

namespace axo::kernel::call {
namespace {

constexpr unsigned max_runs = 512;
constexpr std::uint64_t max_pages_at_once = 1ull << 20;

/// All runs fit, and there are tables enough for them: then mapping them cannot fail.
Status check_runs(Process &caller, Process &process, VirtAddr from, std::uint64_t count) {
    const UserPageTable table = process.space->table();
    UserPageTable::TableCount needed(table);
    std::uint64_t pages = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const MapRun run = TRY(read_own<MapRun>(caller, from.offset(i * sizeof(MapRun))));
        const Status allowed = check_mapping(run.address, run.frame, run.pages, run.flags);
        if (!allowed) return allowed;
        pages += run.pages;
        needed.add(run.address, run.pages);
    }
    if (pages > max_pages_at_once) return Error::too_big;
    return needed.frames() > the_kernel.table_pool.available() ? Status{Error::tables_needed} : Status{};
}

void map_run(Process &process, const MapRun &run) {
    UserPageTable table = process.space->table();
    (void)table.map(run.address, run.frame, run.pages, run.flags, the_kernel.table_pool);
    flush_range(*process.space, run.address, run.pages);
}

Result<Process *> space_argument(Process &caller, unsigned n) {
    Process &process = *TRY(process_argument(caller, n));
    if (process.space == nullptr) return Error::invalid;
    return &process;
}

}  // namespace

CallResult space_create(Process &caller) { return as_result(create_space(*TRY(process_argument(caller, 0)))); }

CallResult space_destroy(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    if (&process == &caller) return Error::invalid;
    const std::size_t before = the_kernel.table_pool.available();
    drop_space(process);
    return the_kernel.table_pool.available() - before;
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
    const auto removed = TRY(table.unmap(address, pages, the_kernel.table_pool));
    if (removed.tables != 0)
        flush_space(*process.space);
    else
        flush_range(*process.space, address, pages);
    return removed.pages;
}

CallResult protect(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    const VirtAddr address = address_argument(caller, 1);
    const std::uint64_t pages = number_argument(caller, 2);
    const auto flags = static_cast<std::uint32_t>(number_argument(caller, 3));
    const Status allowed = check_map_flags(flags);
    if (!allowed) return allowed.error();
    UserPageTable table = process.space->table();
    const std::uint64_t changed = TRY(table.protect(address, pages, flags));
    flush_range(*process.space, address, pages);
    return changed;
}

CallResult clone_range(Process &caller) {
    Process &from = *TRY(space_argument(caller, 0));
    Process &to = *TRY(space_argument(caller, 1));
    const VirtAddr address = address_argument(caller, 2);
    const std::uint64_t pages = number_argument(caller, 3);
    if (from.space == to.space) return Error::invalid;
    UserPageTable source = from.space->table(), target = to.space->table();
    const std::uint64_t copied = TRY(target.clone_range(source, address, pages, the_kernel.table_pool));
    flush_space(*from.space);
    flush_space(*to.space);
    return copied;
}

CallResult query_page(Process &caller) {
    Process &process = *TRY(space_argument(caller, 0));
    const Mapping mapping = TRY(process.space->table().query(address_argument(caller, 1)));
    return mapping.frame.value | mapping.flags;
}

CallResult space_swap(Process &caller) {
    Process &a = *TRY(process_argument(caller, 0));
    Process &b = *TRY(process_argument(caller, 1));
    if (&a == &b || &a == &caller || &b == &caller) return Error::invalid;
    swap_spaces(a, b);
    return 0;
}

}  // namespace axo::kernel::call
