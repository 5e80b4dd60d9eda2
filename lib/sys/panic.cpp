// What a broken invariant of lib/base does in a system process.
#include "lib/base/assert.hpp"
#include "lib/sys/log.hpp"

namespace axo {

void invariant_failed(const char *file, unsigned line) { sys::panic("invariant failed at %s:%u", file, line); }

}  // namespace axo
