// diagnostics: text of a system process for the kernel log.
#include "kernel/call/calls.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/text/log.hpp"

namespace axo::kernel::call {

CallResult diagnostics(Process &caller) {
    constexpr std::uint64_t most = 2000;
    const std::uint64_t bytes = number_argument(caller, 1);
    if (bytes == 0 || bytes > most) return Error::invalid;
    char text[most];
    const Status read = read_own(caller, address_argument(caller, 0), text, bytes);
    if (!read) return read.error();
    log_write(text, bytes);
    return 0;
}

}  // namespace axo::kernel::call
