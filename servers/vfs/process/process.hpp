// A process as VFS knows it.
#pragma once

#include <array>

#include "servers/vfs/exec/program_file.hpp"
#include "servers/vfs/file/descriptor_table.hpp"
#include "servers/vfs/mount/mount.hpp"
#include "servers/vfs/process/identity.hpp"
#include "servers/vfs/process/session.hpp"
#include "servers/vfs/process/wait.hpp"

namespace axo::vfs {

/// Root, current directory and umask; shared by CLONE_FS.
struct FileContext {
    std::uint32_t references = 0;
    std::uint32_t umask = 022;
    Path root, current;
    void unreferenced();
};

struct Call;

struct Process {
    Process(Endpoint name, std::uint32_t process_id) : endpoint(name), pid(process_id), group(process_id) {}

    std::uint32_t references = 0;
    Endpoint endpoint;
    std::uint32_t pid;
    std::uint32_t group;  // of processes, as PM told
    bool exited = false;
    bool session_leader = false;
    Ref<Identity> identity;
    Ref<DescriptorTable> descriptors;  // null once it exited
    Ref<FileContext> files;
    Ref<Session> session;      // null once it exited
    Ref<ProgramFile> program;  // null until the first exec
    CallsOfProcess calls;      // it is in and that last: at most one per thread
    Call *spare = nullptr;     // one that is over, for the next

    void unreferenced();
};

class ProcessTable {
public:
    /// Null unless this very incarnation is known.
    Process *find(Endpoint endpoint) const {
        Process *process = occupant(endpoint);
        return process != nullptr && process->endpoint == endpoint ? process : nullptr;
    }
    /// Whoever has the slot of this endpoint, or null.
    Process *occupant(Endpoint endpoint) const {
        return endpoint.slot() < slots_.size() ? slots_[endpoint.slot()].get() : nullptr;
    }
    /// With root's identity, and nothing else, in a slot that is free, and nothing else. Errors: no_memory, invalid.
    Result<Ref<Process>> add(Endpoint endpoint, std::uint32_t pid);
    /// It is not found any more; its calls are the caller's to end.
    void remove(Process &process);
    /// Root without further groups. Errors: no_memory.
    Result<Ref<Identity>> root_identity();
    std::uint32_t count() const { return count_; }

private:
    std::array<Ref<Process>, max_processes> slots_;
    Ref<Identity> root_;
    std::uint32_t count_ = 0;
};

}  // namespace axo::vfs
