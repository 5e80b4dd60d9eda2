// Asks kernel, PM, VM and VFS for what the files tell.
#pragma once

#include "axo/vfs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/procfs/process_text.hpp"
#include "servers/procfs/system_text.hpp"

namespace axo::procfs {

/// Errors: no_entry (there is no such process), no_memory, those of a dead PM.
sef::Async<Result<pm::ProcessRecord>> ask_record(std::uint32_t pid);

/// Everything for the process' files. Errors: as ask_record.
sef::Async<Result<ProcessFacts>> ask_process(std::uint32_t pid);

/// Errors: no_entry (it has none), those of vfs::DescribeProcess.
sef::Async<Result<String>> ask_process_text(std::uint32_t pid, vfs::ProcessText what);

sef::Async<Result<String>> ask_mounts();
sef::Async<Result<String>> ask_host_name();

/// Fills the bitmap of pids in use; the result is the pid given last.
sef::Async<Result<std::uint32_t>> ask_pids(std::uint64_t (*words)[pm::pid_max / 64]);

/// From the kernel alone, at once.
SystemFacts system_facts();
ProcessorFacts processor_facts();

}  // namespace axo::procfs
