// virtual_copy, copy_argument, fill_user, check_range: the memory of others, without grants; for the servers that may.
#include "kernel/call/calls.hpp"
#include "kernel/memory/user_memory.hpp"

namespace axo::kernel::call {

CallResult virtual_copy(Process &caller) {
    Process &from = *TRY(process_argument(caller, 0));
    Process &to = *TRY(process_argument(caller, 2));
    return as_result(copy_memory(caller, {&from, address_argument(caller, 1)}, {&to, address_argument(caller, 3)},
                                 number_argument(caller, 4)));
}

CallResult copy_argument(Process &caller) {
    Process &from = *TRY(process_argument(caller, 0));
    const std::uint64_t bytes = number_argument(caller, 3);
    if (bytes > argument_bytes) return Error::too_big;
    const MemoryPlace own{&caller, address_argument(caller, 2)};
    return as_result(copy_memory(caller, {&from, address_argument(caller, 1)}, own, bytes));
}

CallResult fill_user(Process &caller) {
    Process &to = *TRY(process_argument(caller, 0));
    return as_result(zero_memory(caller, {&to, address_argument(caller, 1)}, number_argument(caller, 2)));
}

CallResult check_range(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const VirtAddr address = address_argument(caller, 1);
    const std::uint64_t bytes = number_argument(caller, 2);
    const Access access = number_argument(caller, 3) != 0 ? Access::write : Access::read;
    const Status in_range = check_user_range(address, bytes);
    if (!in_range) return in_range.error();
    return as_result(touch_memory(caller, {&process, address}, bytes, access));
}

}  // namespace axo::kernel::call
