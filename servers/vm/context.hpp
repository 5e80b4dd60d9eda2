// The parts of VM, as its request and call handlers see them.
#pragma once

#include "servers/vm/file/file_pager.hpp"
#include "servers/vm/load/vdso.hpp"
#include "servers/vm/space/process_table.hpp"

namespace axo::vm {

struct Context {
    Memory &memory;
    ProcessTable &processes;
    OwnMemory &own;
    Vdso &vdso;
    Faults &faults;
    FilePager &pager;

    /// Makes a range of a process present, waiting for file content. Errors: fault, io, no_memory, no_process.
    sef::Async<Status> make_present(Endpoint process, std::uint64_t address, std::uint64_t bytes, Access access);
};

}  // namespace axo::vm
