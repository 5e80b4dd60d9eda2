// What a process executes, for those who ask about it; shared by the children it forks.
#pragma once

#include "lib/base/string.hpp"
#include "servers/vfs/exec/stack.hpp"
#include "servers/vfs/mount/mount.hpp"

namespace axo::vfs {

struct ProgramFile {
    std::uint32_t references = 0;
    Path directory;            // where the last steps to it began
    String path;               // from there; no component is a link
    ArgumentArea arguments{};  // in the memory of the process
    void unreferenced();
};

}  // namespace axo::vfs
