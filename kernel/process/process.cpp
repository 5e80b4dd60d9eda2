// The process table: which slots are free, and the generation each use of a slot gets.
#include "kernel/process/process.hpp"

#include "kernel/kernel.hpp"
#include "kernel/process/scheduler.hpp"

#include <cstring>

namespace axo::kernel {

namespace {

/// Everything but the endpoint back to the state of an empty slot.
void reset(Process &process, Endpoint endpoint) {
    process = Process{};
    process.endpoint = endpoint;
    process.peer = endpoint::none;
    process.syscall_number = no_call;
    process.priority = process.effective_priority = lowest_priority;
    process.quantum = process.quantum_left = default_quantum_ticks();
    process.turn_over = true;  // a program that forks all the time would else have every turn
}

void take(Process &process, Endpoint endpoint) {
    reset(process, endpoint);
    process.run_flags = run_flag::no_priv | run_flag::no_space;
    process.full_restore = 1;
    ProcessTable &table = the_kernel.processes;
    --table.free_count;
    if (process.slot() >= table.high) table.high = process.slot() + 1;
}

}  // namespace

ProcessTable::ProcessTable(unsigned wanted_limit)
    : limit(wanted_limit < max_processes ? wanted_limit : max_processes), free_count(limit - first_free_slot) {
    for (unsigned slot = 0; slot < max_processes; ++slot) {
        Process &process = slots[slot];
        reset(process, Endpoint::make(slot, 0));
        process.run_flags = run_flag::slot_free;
    }
}

Result<Process *> allocate_process() {
    ProcessTable &table = the_kernel.processes;
    for (unsigned tried = first_free_slot; tried < table.limit; ++tried) {
        Process &process = table.slots[table.next_slot];
        if (++table.next_slot >= table.limit) table.next_slot = first_free_slot;
        if (!process.has(run_flag::slot_free)) continue;
        const std::uint32_t old = process.endpoint.generation();
        const std::uint32_t generation = old >= Endpoint::max_generation ? 1 : old + 1;
        take(process, Endpoint::make(process.slot(), generation));
        return &process;
    }
    return Error::again;
}

Process &claim_boot_slot(unsigned slot) {
    Process &process = the_kernel.processes.slots[slot];
    ++the_kernel.processes.free_count;  // well-known slots are not counted as free ones
    take(process, Endpoint::make(slot, 0));
    return process;
}

void release_process(Process &process) {
    const bool counted = process.slot() >= first_free_slot;
    reset(process, process.endpoint);
    process.run_flags = run_flag::slot_free;
    if (counted) ++the_kernel.processes.free_count;
}

}  // namespace axo::kernel
