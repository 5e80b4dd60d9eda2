// null: what a kernel call costs.
#include "kernel/call/calls.hpp"

namespace axo::kernel::call {

CallResult null(Process &) { return 0; }

}  // namespace axo::kernel::call
