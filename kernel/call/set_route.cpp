// set_route: which server answers which Linux call.
#include "kernel/call/calls.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/user_memory.hpp"

namespace axo::kernel::call {

CallResult set_route(Process &caller) {
    const VirtAddr from = address_argument(caller, 0);
    const std::uint64_t count = number_argument(caller, 1);
    if (count > user_call_numbers) return Error::too_big;
    Route table[user_call_numbers];
    const Status read = read_own(caller, from, table, count * sizeof(Route));
    if (!read) return read.error();
    for (std::uint64_t i = 0; i < count; ++i) {
        const bool known = table[i].server == endpoint::none || find_process(table[i].server) != nullptr;
        if (table[i].number >= user_call_numbers || !known) return Error::invalid;
    }
    for (std::uint64_t i = 0; i < count; ++i) the_kernel.routes.server[table[i].number] = table[i].server;
    return 0;
}

}  // namespace axo::kernel::call
