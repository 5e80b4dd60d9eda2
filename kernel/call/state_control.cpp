// state_control: a restarted or updated process forgets its peers, and they are told.
#include "kernel/call/calls.hpp"
#include "kernel/process/death.hpp"

namespace axo::kernel::call {

CallResult state_control(Process &caller) {
    constexpr std::uint64_t clear_ipc_references = 1;
    if (number_argument(caller, 0) != clear_ipc_references) return Error::invalid;
    forget_peers(caller);
    return 0;
}

}  // namespace axo::kernel::call
