// SENDRECs to VM on behalf of a process.
#include "kernel/memory/memory_wait.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/ipc/user_call.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/text/diagnose.hpp"
#include "kernel/text/panic.hpp"

namespace axo::kernel {
namespace {

/// An answer that did not help is believed this often.
constexpr unsigned retry_limit = 16;

Message from_kernel(std::uint16_t type, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    return {.source = endpoint::none,
            .type = type,
            .flags = message_flag::from_kernel,
            .tag = next_kernel_tag(),
            .words = {a, b, c, d, 0, 0, 0}};
}

}  // namespace

bool vm_is_up() {
    const Process *vm = find_process(endpoint::vm);
    return vm != nullptr && !vm->has(run_flag::no_priv | run_flag::no_endpoint);
}

void page_fault(Process &process, std::uint64_t address, std::uint64_t access) {
    if (process.endpoint == endpoint::vm) {
        log_process(process);
        stop_machine(ExitCode::core_service_died, "VM faulted at %#lx, address %#lx, access %#lx",
                     static_cast<unsigned long>(process.registers.instruction()), static_cast<unsigned long>(address),
                     static_cast<unsigned long>(access));
    }
    if (!vm_is_up()) {
        cause_signal(process, signal::segv);
        return;
    }
    begin_request(process, *find_process(endpoint::vm),
                  from_kernel(kernel_message::page_fault, address, access, process.registers.instruction(), 0),
                  Wait::page_fault);
}

Error request_memory(Process &caller, const Process &target, VirtAddr address, std::uint64_t bytes, bool write) {
    if (caller.endpoint == endpoint::vm || !vm_is_up() || ++caller.vm_retries > retry_limit) return Error::fault;
    const std::uint64_t access = write ? fault_access::write : 0;
    begin_request(caller, *find_process(endpoint::vm),
                  from_kernel(kernel_message::memory_request, target.endpoint.value, address.value, bytes, access),
                  Wait::memory_request);
    return Error::restart_call;
}

Error ask_vm(Process &caller, std::uint16_t type, const std::uint64_t (&words)[6]) {
    if (caller.endpoint == endpoint::vm || !vm_is_up()) return Error::fault;
    Message message = from_kernel(type, 0, 0, 0, 0);
    for (unsigned i = 0; i < 6; ++i) message.words[i] = words[i];
    begin_request(caller, *find_process(endpoint::vm), message, Wait::memory_request);
    return Error::restart_call;
}

void finish_page_fault(Process &process, std::int64_t status) {
    if (status >= 0) return;
    const bool gone = error_from_wire(status) == Error::io || error_from_wire(status) == Error::dead_peer;
    cause_signal(process, gone ? signal::bus : signal::segv);
}

void finish_memory_request(Process &process, std::int64_t status) {
    if (status >= 0) return;
    process.call_pending = false;
    process.call_progress = 0;
    process.vm_retries = 0;
    process.registers.set_result(status);
}

}  // namespace axo::kernel
