// The fake machine: physical memory in an array, a clock that counts by itself, a debug port whose text is kept, and
// the loop that leaves into processes and comes back into the kernel. One machine at a time; nothing of it is left when
// it goes, so that the next one in the same host process is the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "axo/types.hpp"
#include "kernel/arch/arch.hpp"
#include "test/host/whole/mmu.hpp"
#include "test/host/whole/processor.hpp"
#include "test/host/whole/serial_line.hpp"
#include "test/host/whole/trace.hpp"

namespace axo::kernel {
struct Process;
}

namespace axo::whole {

inline constexpr std::uint64_t ram_bytes = 96 << 20;

/// The machine was switched off, or stopped by the kernel with this exit code.
struct Stopped {
    int code;
    std::string why;
};

class Machine {
public:
    /// Makes the memory and puts the boot archive into it.
    Machine(std::uint64_t seed, const std::vector<std::byte> &archive);
    ~Machine();
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;
    static Machine &current();

    /// Boots and runs until `done` or until the machine stops; `done` is asked before each way into a process.
    /// Throws Stopped; also when nothing will ever happen again, or after `limit` entries into the kernel.
    void run(const std::function<bool()> &done, std::uint64_t limit);

    /// The `turn`-th time from now that the named process would run it meets this exception instead.
    void strike(Endpoint process, unsigned vector, unsigned turn = 1);
    bool struck() const { return strike_in_ == 0; }

    /// What programs wrote to the machine's own door (programs.hpp, report) and what the kernel's debug port got.
    struct Report {
        std::string who, text;
        bool operator==(const Report &) const = default;
    };
    std::vector<Report> reports;
    std::string console;
    bool shows_console = false;  // on the host's error output as well
    Trace trace;

    // ---- the hardware, for arch.cpp and traps.cpp
    // --------------------------------------------------------------------
    std::uint64_t time = 1'000'000;  // nanoseconds, also the time-stamp counter
    Nanoseconds timer{~std::uint64_t{0}};
    bool masked[16];
    bool raised[16]{};  // remembered by the controller while a line is masked
    std::mt19937_64 random;
    SerialLine serial{random};
    std::uint64_t loaded_root = 0;
    kernel::Process *running = nullptr;  // whose registers an entry saves
    Mmu mmu;
    Processor processor{mmu};
    using FpuImage = std::array<std::byte, 512>;
    std::vector<FpuImage> fpu_images{max_processes};  // by slot

    /// An instruction or a few: time goes on.
    void spend() { time += 1 + random() % 400; }
    /// What a process does between two entries into the kernel: a moment mostly, a good part of a quantum now and then.
    void spend_a_stretch();

private:
    void enter_kernel();
    void leave_into(kernel::Process &process);
    void trap(kernel::Process &process);
    void take_interrupts();
    std::uint64_t next_event() const { return std::min(timer.value, serial.next_event()); }

    std::uint64_t entries_ = 0;
    std::uint32_t struck_ = 0;
    unsigned strike_vector_ = 0;
    unsigned strike_in_ = 0;
    kernel::BootInfo boot_info_{};
};

}  // namespace axo::whole
