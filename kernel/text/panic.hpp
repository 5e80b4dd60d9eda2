// Orderly ends of the machine, and what they print.
#pragma once

#include "axo/exit_code.hpp"
#include "kernel/arch/arch.hpp"

namespace axo::kernel {

/// As panic(), with its own exit code and without blaming the kernel: a core service died, there is too little memory.
[[noreturn, gnu::format(printf, 2, 3)]] void stop_machine(ExitCode code, const char *format, ...);

/// Prints the kernel's call chain, beginning with `instruction` (0: none) and the frame at `frame_pointer`.
void print_backtrace(std::uint64_t instruction, std::uint64_t frame_pointer);

/// The two halves of every end: takes the serial port back; a stop while stopping exits at once. end_stop exits.
void begin_stop();
[[noreturn]] void end_stop(ExitCode code);

}  // namespace axo::kernel
