// Waiting for VM: page faults of processes, and kernel calls that meet absent memory. Both are SENDRECs to VM that the
// kernel makes for the process (kernel_message::page_fault, memory_request), so that VM's queue and the rules of death
// apply.
#pragma once

#include "kernel/process/process.hpp"

namespace axo::kernel {

/// The process faulted in user mode (access: fault_access bits): it waits for VM, or is signalled when VM cannot be
/// asked. VM itself: the machine stops.
void page_fault(Process &process, std::uint64_t address, std::uint64_t access);

/// Asks VM to make memory of `target` present (and writable) for the kernel call of `caller`.
/// Always returns an error to be handed on: restart_call (the caller waits, the call is run again) or fault.
Error request_memory(Process &caller, const Process &target, VirtAddr address, std::uint64_t bytes, bool write);

/// Asks VM to change mappings (kernel_message::map_request, unmap_request); the call is run again afterwards.
/// Always returns an error to be handed on: restart_call, or fault (VM is not there).
Error ask_vm(Process &caller, std::uint16_t type, const std::uint64_t (&words)[6]);

/// VM answered.
void finish_page_fault(Process &process, std::int64_t status);
void finish_memory_request(Process &process, std::int64_t status);

/// True when VM may be asked: it is allowed to run and alive.
bool vm_is_up();

}  // namespace axo::kernel
