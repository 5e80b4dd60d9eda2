// How the kernel leaves: its ways out do not return, so they are thrown, and its stack is empty again.
#pragma once

#include <cstdint>

namespace axo::kernel {
struct Process;
}

namespace axo::whole {

struct Resume {
    kernel::Process *process;
};
struct Idle {};

// The map of the machine's memory: the kernel's own first megabytes, then the boot archive.
inline constexpr std::uint64_t kernel_start = 0x10'0000, kernel_end = 0x11'0000, kernel_root = 0x10'0000;
inline constexpr std::uint64_t archive_start = 0x20'0000;

}  // namespace axo::whole
