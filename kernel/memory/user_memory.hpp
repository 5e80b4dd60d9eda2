// Access to the memory of processes, page by page through their page tables. Whatever is absent, or read-only when it
// is to be written, is asked of VM: these functions then return restart_call and the kernel call ends, to be run again.
#pragma once

#include "axo/layout.hpp"
#include "kernel/memory/ram_map.hpp"
#include "kernel/process/process.hpp"

#include <cstddef>

namespace axo::kernel {

/// A place in somebody's memory.
struct MemoryPlace {
    Process *process;
    VirtAddr address;
};

enum class Access : std::uint8_t { read, write };

/// User memory all of it; no bytes touch nothing, wherever they lie, as on Linux.
constexpr bool in_user_range(VirtAddr address, std::uint64_t bytes) {
    if (bytes == 0) return true;
    const bool starts = address.value >= layout::user_first && address.value < layout::user_end;
    return starts && bytes <= layout::user_end - address.value;
}
/// fault unless the range is user memory.
inline Status check_user_range(VirtAddr address, std::uint64_t bytes) {
    if (!in_user_range(address, bytes)) return Error::fault;
    return {};
}

/// The kernel's pointer to that byte; good to the end of its page. `bytes`: how much will be needed from there on.
/// Errors: fault, restart_call (the caller waits for VM).
Result<std::byte *> locate(Process &caller, MemoryPlace place, std::uint64_t bytes, Access access);

/// Small copies, for arguments: out of anybody's memory, and from and to the caller's own. Errors as locate.
Status read_foreign(Process &caller, MemoryPlace from, void *to, std::size_t bytes);
Status read_own(Process &caller, VirtAddr from, void *to, std::size_t bytes);
Status write_own(Process &caller, VirtAddr to, const void *from, std::size_t bytes);

/// Copies what is there, and asks nobody for what is not. False: something was missing or no RAM.
bool peek(const Process &process, VirtAddr from, void *to, std::size_t bytes);

template <typename T>
Result<T> read_own(Process &caller, VirtAddr from) {
    T value;
    const Status status = read_own(caller, from, &value, sizeof value);
    if (!status) return status.error();
    return value;
}

/// Copies between processes from call_progress on, at most one chunk: restart_call when more is left.
Status copy_memory(Process &caller, MemoryPlace from, MemoryPlace to, std::uint64_t bytes);

/// Writes zeros, chunk by chunk likewise.
Status zero_memory(Process &caller, MemoryPlace to, std::uint64_t bytes);

/// Makes every page of the range present, and writable if asked for.
Status touch_memory(Process &caller, MemoryPlace place, std::uint64_t bytes, Access access);

}  // namespace axo::kernel
