// Whose program a process runs, as VM is told: of root's some memory is kept.
#pragma once

#include "axo/vm_protocol.hpp"
#include "servers/pm/process/process.hpp"

namespace axo::pm {

inline vm::Owner owner_of(const Process &process) {
    return process.credentials.is_root() ? vm::Owner::root : vm::Owner::somebody;
}

}  // namespace axo::pm
