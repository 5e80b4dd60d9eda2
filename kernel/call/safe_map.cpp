// safe_map, safe_revoke, safe_unmap: shared memory by grant. VM has no protocol for these mappings, so nobody can make
// one and none exists to be revoked: the calls say so instead of pretending.
#include "kernel/call/calls.hpp"

namespace axo::kernel::call {

CallResult safe_map(Process &) { return Error::not_supported; }
CallResult safe_revoke(Process &) { return Error::not_supported; }
CallResult safe_unmap(Process &) { return Error::not_supported; }

}  // namespace axo::kernel::call
