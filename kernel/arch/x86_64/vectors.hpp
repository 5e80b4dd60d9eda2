// Exception vectors (SDM volume 3, table 6-1), and what each means to the core.
#pragma once

#include "axo/ipc.hpp"
#include "axo/signal.hpp"
#include "kernel/arch/arch.hpp"

namespace axo::kernel::arch {

inline constexpr unsigned divide_vector = 0, debug_vector = 1, nmi_vector = 2, breakpoint_vector = 3,
                          overflow_vector = 4, invalid_vector = 6, no_fpu_vector = 7, double_fault_vector = 8,
                          page_fault_vector = 14, fpu_vector = 16, alignment_vector = 17, machine_check_vector = 18,
                          simd_vector = 19, first_interrupt_vector = 32;

constexpr UserException::Kind kind_of(unsigned vector) {
    switch (vector) {
        case debug_vector: return UserException::Kind::single_step;
        case nmi_vector: return UserException::Kind::non_maskable;
        case double_fault_vector:
        case machine_check_vector: return UserException::Kind::machine_failure;
        case page_fault_vector: return UserException::Kind::page_fault;
        default: return UserException::Kind::signal;
    }
}

constexpr unsigned signal_of(unsigned vector) {
    switch (vector) {
        case divide_vector:
        case fpu_vector:
        case simd_vector: return signal::fpe;
        case debug_vector:
        case breakpoint_vector: return signal::trap;
        case invalid_vector: return signal::ill;
        case alignment_vector: return signal::bus;
        default: return signal::segv;
    }
}

/// Of the error code of a page fault (SDM volume 3, 4.7), which the kernel's message was modelled on.
constexpr std::uint64_t access_of(std::uint64_t error) {
    return error & (fault_access::present | fault_access::write | fault_access::user | fault_access::execute);
}

constexpr UserException describe(unsigned vector, std::uint64_t error, std::uint64_t address) {
    const std::uint64_t access = vector == page_fault_vector ? access_of(error) : 0;
    return {kind_of(vector), signal_of(vector), access, vector, error, address};
}

}  // namespace axo::kernel::arch
