// A process as VFS knows it.
#pragma once

#include <array>

#include "lib/sef/sef.hpp"
#include "servers/vfs/exec/program_file.hpp"
#include "servers/vfs/file/descriptor_table.hpp"
#include "servers/vfs/path/permission.hpp"
#include "servers/vfs/process/session.hpp"
#include "servers/vfs/process/wait.hpp"

namespace axo::vfs {

/// Root, current directory and umask; shared by CLONE_FS.
struct FileContext {
    std::uint32_t references = 0;
    std::uint32_t umask = 022;
    Ref<Vnode> root, current;
    void unreferenced();
};

/// User memory a call met that has to be brought in before it is issued again.
struct AbsentRange {
    VirtAddr address{};
    std::uint64_t bytes = 0;
    bool write = false;
};

struct Process : WaitLink {
    Process(Endpoint name, std::uint32_t process_id) : endpoint(name), pid(process_id) {}

    std::uint32_t references = 0;
    Endpoint endpoint;
    std::uint32_t pid;
    bool exited = false;
    bool session_leader = false;
    Credentials credentials{};
    Ref<DescriptorTable> descriptors;  // null once it exited
    Ref<FileContext> files;
    Ref<Session> session;      // null once it exited
    Ref<ProgramFile> program;  // null until the first exec

    // The call it is in, when that may last.
    WaitKind waiting = WaitKind::none;
    bool cancelled = false;      // a signal came while a coroutine works on the call
    std::uint64_t progress = 0;  // bytes a blocked write has already moved
    Ref<OpenFile> wait_file;     // what it is about; kept open meanwhile
    sef::UserCall call;
    AbsentRange absent;
    // A driver request that a signal cancels.
    Endpoint driver = endpoint::none;
    std::uint64_t driver_tag = 0;
    PollCall *poll = nullptr;

    void unreferenced();
};

class ProcessTable {
public:
    /// Null unless this very incarnation is known.
    Process *find(Endpoint endpoint) const {
        Process *process = endpoint.slot() < slots_.size() ? slots_[endpoint.slot()].get() : nullptr;
        return process != nullptr && process->endpoint == endpoint ? process : nullptr;
    }
    /// Errors: no_memory, invalid.
    Result<Ref<Process>> add(Endpoint endpoint, std::uint32_t pid);
    void remove(Process &process);
    std::uint32_t count() const { return count_; }

private:
    std::array<Ref<Process>, max_processes> slots_;
    std::uint32_t count_ = 0;
};

}  // namespace axo::vfs
