// What the `service` command hands to RS (ref 3.4, 3.5) and gets back. rax = rs::user_call, rdi = command,
// rsi = address of the record, rdx = its size, r10/r8 = address and size of an answer buffer. The result is a
// non-negative number or a negative errno; UP, DOWN and UPDATE are answered when the work has ended.
#pragma once

#include "axo/kernel_call.hpp"
#include "axo/types.hpp"

namespace axo::service {

enum class Command : std::uint32_t {
    up = 0,
    down = 1,
    refresh = 2,
    restart = 3,
    shutdown = 4,
    update = 5,
    lookup = 8,
    status = 9,   // answer: StatusEntry[]; result: their number
    events = 10,  // answer: Event[]; record: EventsFrom; result: their number
    trace = 11,   // answer: CrashReport of the label
    fault = 12,   // record: FaultRequest
};

namespace start_flag {
inline constexpr std::uint32_t copy = 1;           // keep the image in RS' memory
inline constexpr std::uint32_t ipc_list = 2;       // `ipc` is to be used even when empty
inline constexpr std::uint32_t reuse = 4;          // share the image of a running copy
inline constexpr std::uint32_t kernel_calls = 8;   // `kernel_calls` is to be used
inline constexpr std::uint32_t block_device = 16;  // the major is a block device's
inline constexpr std::uint32_t verify = 32;        // UPDATE: hash the state before and after, see Event
inline constexpr std::uint32_t fresh = 64;         // UPDATE: with an empty State, even of another program
inline constexpr std::uint32_t inherit = 128;      // UPDATE: what is not given here stays as it is
}  // namespace start_flag

inline constexpr std::size_t command_max = 512, script_max = 256, ipc_max = 512;
inline constexpr unsigned control_max = 8, irq_max = 4, io_max = 24, pci_max = 32, pci_class_max = 4;
inline constexpr std::size_t drop_max = 3, field_name_max = 48;
inline constexpr std::uint64_t max_prepare_ns = 20'000'000'000;  // 1200 ticks of the original

struct PciDevice {
    std::uint16_t vendor, device;
};
struct PciClass {
    std::uint32_t value, mask;
};

/// UP and UPDATE. Lists inside texts are blank-separated; every text ends with a NUL.
struct StartRecord {
    std::uint32_t flags;
    std::uint32_t uid;
    std::int32_t nice;
    std::uint32_t major;           // 0: no device
    std::uint64_t period_ns;       // heartbeat; 0: none
    std::uint64_t max_prepare_ns;  // UPDATE; 0: RS' default
    std::uint32_t update_state;    // UPDATE
    std::uint32_t irq_count, io_count, pci_count, pci_class_count, control_count;
    std::uint32_t drop_count, reserved_word;
    BitMask<128> kernel_calls;
    std::uint64_t vm_calls;
    std::uint8_t irqs[irq_max];
    std::uint8_t reserved[4];
    IoRange io[io_max];
    PciDevice pci[pci_max];
    PciClass pci_classes[pci_class_max];
    char control[control_max][label_size];
    char label[label_size];
    char command[command_max];  // path and arguments
    char script[script_max];
    char ipc[ipc_max];
    char drop[drop_max][field_name_max];  // UPDATE: fields of State that the new version may lose
};

/// DOWN, REFRESH, RESTART, LOOKUP, TRACE.
struct LabelRecord {
    char label[label_size];
};

enum class FaultKind : std::uint32_t { segv, illegal, divide, panic, hang, exit };

/// A real fault inside the running service; after: instructions into its next request, 0 = at once.
struct FaultRequest {
    char label[label_size];
    FaultKind kind;
    std::uint32_t reserved;
    std::uint64_t after;
};

enum class State : std::uint32_t { booting, running, initialising, updating, exiting, backoff, terminated, failed };

/// What RS is doing with a service right now, written down before it is begun. `none`: nothing; it runs, or lies dead.
enum class Step : std::uint32_t {
    none,
    image,      // start, update: the program is read
    process,    // PM makes a process
    load,       // VM fills its memory
    publish,    // start: DS learns the label, VFS the majors
    init,       // it was told to initialise; has not reported
    ready,      // update: until the old version stands still
    swap,       // update: both versions are to change places
    new_init,   // update: they have; the new version runs its init
    new_end,    // update that failed: until the new version is dead
    swap_back,  // update that failed: the versions are to change places again
    end,        // it was told to end
    kill,       // it was killed since it did not
    forget,     // DS drops its label
    backoff,    // it is dead; a pause before the next start
    script,     // it is dead; PM starts its recovery script
    count
};
enum class Reason : std::uint32_t { none, crash, exit, hang, refresh, killed, init_failed, update, down, start };

struct StatusEntry {
    char label[label_size];
    Endpoint endpoint;
    std::uint32_t pid;
    State state;
    std::uint32_t restarts;
    Reason last_reason;
    std::uint32_t last_signal;
    std::uint64_t memory_bytes, uptime_ns;
    std::uint32_t core, major;
    std::uint32_t healthy;  // 1: it answered a ping since it was started; its end costs nothing of its budget
    Step step;
};

struct EventsFrom {
    std::uint64_t sequence;
};

/// What a start, a restart or an update consists of, in this order. Other events have none of them.
enum class Phase : std::uint32_t {
    notice,   // restart: from the death to the start of the work, pauses of the backoff included
    image,    // the program is read, or was kept
    process,  // PM makes a process, the kernel gives it its rights
    load,     // VM fills its memory
    publish,  // start, restart: DS learns the label, VFS the majors
    ready,    // update: until the old version stands still (and was hashed, if that was asked for)
    swap,     // update: both change places
    init,     // the new process runs until RS has accepted it
    back,     // update: what failed is taken back
    count
};

/// One line of the event log: what happened to whom, when, why, how long it took. An update's pause, in which nobody
/// serves, is swap + init.
struct Event {
    std::uint64_t sequence, time_ns, duration_ns;
    std::uint64_t phases_ns[static_cast<std::size_t>(Phase::count)];
    // Of an update with start_flag::verify: hash of the whole state arena, taken by VM from outside. `before`: when the
    // old version stood still, ready to be replaced, or when the update began, if it never came to that. `after`: when
    // the update had failed and before the old version ran again. 0: not taken.
    std::uint64_t state_before, state_after;
    char label[label_size];
    Endpoint before, after;
    Reason reason;
    std::int32_t status;
    std::uint32_t signal, restarts;
    char text[64];
};

struct CrashReport {
    char label[label_size];
    std::uint64_t time_ns;
    std::uint32_t signal, frame_count;
    Context context;
    std::uint64_t frames[32];
    char symbols[32][64];
};

}  // namespace axo::service
