// Kernel calls: numbers, argument structures and what each does. Trap: rax = number, arguments in
// rdi rsi rdx r10 r8 r9; result in rax (>= 0, or a negative Error) and, where said, rdx. Lost: rcx rdi rsi
// r8..r11, and rdx where it is no result.
// Pointers are addresses in the caller's own memory; lib/sys hides all of this.
// Every call checks everything first, then changes; not in the caller's mask: call_denied.
#pragma once

#include "axo/types.hpp"

namespace axo {

/// What a call that is made again does when its turn is undone and done again (rule 10), beside its number in
/// KernelCall. A call without a class has no door in lib/sys and no handler in the kernel: it does not compile.
/// docs/kernel-calls.md is made of this list by tools/kernel_call_table.py.
enum class CallClass : std::uint32_t {
    none,
    reads,       // changes nothing outside the caller
    idempotent,  // done again it leaves the world as after the first time
    staged,      // takes effect with the end of the turn, after what is sent; checked in full before
    announced,   // gives the kernel a mirror of the caller's state: announced again when that was undone
    journalled,  // neither: its result goes into a journal that is not undone, what is not called again is compensated
};
namespace turn {
inline constexpr unsigned class_shift = 16;
constexpr std::uint32_t of(CallClass what) { return static_cast<std::uint32_t>(what) << class_shift; }
inline constexpr std::uint32_t reads = of(CallClass::reads), idempotent = of(CallClass::idempotent),
                               staged = of(CallClass::staged), announced = of(CallClass::announced),
                               journalled = of(CallClass::journalled);
}  // namespace turn

enum class KernelCall : std::uint32_t {
    // Any system process ("basic", ref 1.9).
    null = turn::reads | 0x100,            // () -> 0; what a kernel call costs
    exit = turn::idempotent | 0x101,       // (status): SIGABRT to the caller through its signal manager; no return
    get_info = turn::reads | 0x102,        // (InfoKind, buffer, bytes) -> bytes filled in
    times = turn::reads | 0x103,           // (endpoint or self, Times *) -> 0
    set_alarm = turn::idempotent | 0x104,  // (ns, AlarmMode) -> ns that were left of the previous one; 0 ns cancels
    set_grant_table = turn::announced | 0x105,  // (address of GrantEntry[], count)
    safe_copy_from = turn::reads | 0x106,       // (granter, grant, offset, own address, bytes)
    safe_copy_to = turn::idempotent | 0x107,    // the same, into the granter's memory
    vsafe_copy = turn::idempotent | 0x108,      // (VectorCopy *, count <= 64)
    // (granter, grant, offset, own address, bytes, writable): in place of the pages there; busy: too many. Storing
    // where it is not writable gives the caller a copy of that page.
    safe_map = turn::idempotent | 0x109,
    safe_revoke = turn::journalled | 0x10a,  // (grant): ends every mapping from it; grantees keep a copy
    safe_unmap = turn::journalled | 0x10b,   // (own address): ends that mapping; the caller keeps a copy
    diagnostics = turn::idempotent | 0x10c,  // (text, bytes 1..2000): kernel log
    state_control =
        turn::idempotent | 0x10d,   // (1): release everybody blocked on the caller with dead_peer, drop their messages
    get_log = turn::reads | 0x10e,  // (position, buffer, bytes) -> bytes; rdx: position to go on from
    process_info = turn::reads | 0x10f,  // (index or endpoint, ProcessInfo *, ProcessSelect)

    // Managers and servers, by mask.
    fork = turn::journalled |
           0x120,  // (parent, ForkMode) -> child endpoint; child has no page table rights yet, is stopped
    exec = turn::journalled | 0x121,   // (endpoint, ip, sp, name address): fresh registers; releases its SENDREC
    clear = turn::idempotent | 0x122,  // (endpoint): destroy the slot (ref 1.8); no-op when free
    privilege_control = turn::journalled | 0x123,  // (endpoint, PrivilegeRequest, argument address)
    schedule = turn::staged | 0x124,               // (endpoint, priority 0..15, quantum ns)
    kill = turn::staged | 0x125,                   // (endpoint, signal): to its signal manager
    get_signal = turn::journalled | 0x126,         // () -> endpoint or none; rdx: signal set (bit n-1 = signal n)
    end_signal = turn::staged | 0x127,             // (endpoint)
    get_context = turn::reads | 0x128,             // (endpoint, Context *, ContextPart)
    // (endpoint, const Context *, OpenCall, ContextPart): user mode bits only, checked; busy: too many extended states
    set_context = turn::staged | 0x129,
    run_control = turn::staged | 0x12a,           // (endpoint, RunRequest)
    set_segment_base = turn::idempotent | 0x12b,  // (endpoint, SegmentBase, value): canonical user addresses only
    set_route = turn::idempotent | 0x12c,         // (const Route *, count): Linux call numbers to servers
    set_clock = turn::idempotent | 0x12d,         // (wall clock ns at boot)
    update = turn::journalled | 0x12e,            // (endpoint, endpoint): swap two slots (ref 1.11)
    shutdown = turn::idempotent | 0x12f,          // (ShutdownHow, exit code)
    virtual_copy = turn::idempotent | 0x130,      // (source endpoint, address, destination endpoint, address, bytes)
    interrupt_user =
        turn::journalled | 0x131,  // (endpoint, tag *): takes back its unreceived SENDREC; see InterruptResult
    check_range = turn::idempotent | 0x132,  // (endpoint, address, bytes, write): makes it present; fault or absent
    start_thread =
        turn::journalled | 0x133,          // (creator endpoint, flags) -> endpoint sharing the creator's address space
    fill_user = turn::idempotent | 0x134,  // (endpoint, address, bytes): zero
    // (endpoint, address, own address, bytes <= argument_bytes): what a program's argument points to. The turn may
    // write
    // there (in-out arguments), so that done again it must find what it read first.
    copy_argument = turn::journalled | 0x135,

    // Memory, VM only (except as noted in privilege_control query).
    space_create = turn::journalled | 0x140,  // (endpoint): empty page table of its own; busy: it has one
    space_destroy = turn::journalled |
                    0x141,  // (endpoint): it has no page table any more; the last user's goes back to the table pool
    map = turn::idempotent | 0x142,          // (endpoint, const MapRun *, count <= 512): replaces what is there
    unmap = turn::idempotent | 0x143,        // (endpoint, address, pages)
    protect = turn::idempotent | 0x144,      // (endpoint, address, pages, map flags): of pages that are present
    clone_range = turn::idempotent | 0x145,  // (from, to, address, pages): copy present entries, write bit off in both
    donate_frames = turn::journalled | 0x146,   // (physical address, pages <= 4096): to the page-table pool
    reclaim_frames = turn::journalled | 0x147,  // (PhysAddr *, count) -> frames taken out of the pool
    resolve =
        turn::idempotent | 0x148,  // (the words of a Resolve): zero or copy a frame, map it, answer the fault; one trap
    memory_map =
        turn::reads | 0x149,  // (MemoryRange *, count) -> ranges free at boot, and which frames the kernel keeps
    query_page = turn::reads | 0x14a,        // (endpoint, address) -> physical address | flags, or absent
    zero_frames = turn::idempotent | 0x14b,  // (physical address, pages)
    space_swap = turn::journalled | 0x14c,   // (endpoint, endpoint): exchange page tables (exec of a prepared space)

    inject_fault =
        turn::idempotent | 0x150,  // (endpoint, FaultKind of service_request.hpp, instructions; 0: at once): RS only

    // Devices, checked against the privilege structure.
    irq_control = turn::journalled | 0x160,  // (IrqRequest, line or hook, notify id 0..31, flags) -> hook
    port_in = turn::journalled | 0x161,      // (port, width 1|2|4) -> value
    port_out = turn::journalled | 0x162,     // (port, width, value)
    port_vector = turn::journalled | 0x163,  // (PortAccess *, count <= 64)
    port_string = turn::journalled | 0x164,  // (port, width, own address, units, write)
    read_cmos = turn::reads | 0x165,         // () -> seconds since 1970 from the real-time clock
};

/// What goes through the trap.
constexpr std::uint32_t number_of(KernelCall call) {
    return static_cast<std::uint32_t>(call) & ((1u << turn::class_shift) - 1);
}
constexpr CallClass class_of(KernelCall call) {
    return static_cast<CallClass>(static_cast<std::uint32_t>(call) >> turn::class_shift);
}
inline constexpr std::uint32_t first_kernel_call = 0x100;

enum class AlarmMode : std::uint32_t { relative, absolute };
enum class ForkMode : std::uint32_t { user, system };
enum class ShutdownHow : std::uint32_t { power_off, reboot, test_exit, panic };
enum class SegmentBase : std::uint32_t { fs, gs };
enum class ProcessSelect : std::uint32_t { by_slot, by_endpoint };

enum class RunRequest : std::uint32_t {
    stop,  // no more user mode
    resume,
    trace_step,  // one instruction, then SIGTRAP
};

enum class ContextPart : std::uint32_t {
    all,        // set_context: without an image (fpu_bytes 0) the extended state becomes the initial one
    registers,  // without the extended state: fpu_bytes is 0; set_context leaves it as it is
};

/// What set_context makes of a Linux call that the process is in.
enum class OpenCall : std::uint32_t {
    stays,     // its answer still comes
    answered,  // this is the answer of the caller, who has the call: the process goes on with these registers.
               // invalid: it has none at the caller
};

enum class InterruptResult : std::uint32_t {
    not_in_call,  // the process was not inside a Linux call
    taken_back,   // the server had not received it: the call now returns `interrupted`
    at_server,    // the server has it; rdx = its endpoint, *tag = tag: send it `cancel`
};

inline constexpr unsigned argument_bytes = 1024;  // of one copy_argument

struct Times {
    Nanoseconds uptime, boot_wall_clock, user, system;
};

struct VectorCopy {  // exactly one of from and to is endpoint::self
    Endpoint from, to;
    GrantId grant;
    std::uint32_t reserved;  // zero
    std::uint64_t offset;    // into the granted range
    VirtAddr address;        // own memory
    std::uint64_t bytes;
};

/// Machine state of a process as PM, RS and the debugger see it.
struct Context {
    std::uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    std::uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    std::uint64_t rip, rflags, fs_base, gs_base;
    std::uint64_t syscall_number;                            // of the Linux call it is in, else ~0
    std::uint64_t fault_address, fault_error, fault_vector;  // of the last exception
    std::uint32_t fpu_bytes, reserved;
    std::uint8_t fpu[2688];  // XSAVE or FXSAVE image
};

struct Route {
    std::uint16_t number, reserved;
    Endpoint server;  // none: no_syscall
};

// ---- grants (ref 1.13) ------------------------------------------------------------------------

namespace grant_flag {
inline constexpr std::uint32_t read = 1, write = 2, map = 4;
inline constexpr std::uint32_t used = 0x100, direct = 0x200, indirect = 0x400, magic = 0x800, valid = 0x1000;
}  // namespace grant_flag

/// One entry of a process' grant table, in its own memory. A grant id is
/// (sequence << 16 | index); the entry's sequence must match, so that a revoked id stays dead.
struct GrantEntry {
    std::uint32_t flags;
    Endpoint grantee;  // or any
    Endpoint owner;    // magic: whose memory; indirect: the previous granter; direct: unused
    GrantId previous;  // indirect: the id at the previous granter
    VirtAddr address;
    std::uint64_t bytes;
    std::uint32_t sequence;  // 0..0x7fff
    std::uint32_t reserved;
};
static_assert(sizeof(GrantEntry) == 40);
inline constexpr unsigned max_grants = 65536;
inline constexpr unsigned max_indirection = 5;
inline constexpr unsigned max_safe_maps = 256;
inline constexpr unsigned kernel_log_bytes = 64 * 1024;  // of the newest text are kept

// ---- privileges (ref 1.1, 1.10) ---------------------------------------------------------------

enum class PrivilegeRequest : std::uint32_t {
    allow = 1,
    disallow,
    set_system,
    set_user,
    add_io,
    add_memory,
    add_irq,
    query_memory,
    read,
};

namespace privilege_flag {
inline constexpr std::uint32_t preemptible = 0x02, billable = 0x04, dynamic_id = 0x08, system_process = 0x10,
                               check_io = 0x20, check_irq = 0x40, check_memory = 0x80;
}

struct IoRange {
    std::uint16_t first, last;
};  // ports, inclusive
struct MemoryRange {
    PhysAddr start;
    std::uint64_t bytes;
};

template <unsigned bits>
struct BitMask {
    std::uint64_t words[bits / 64];
    constexpr void set(unsigned n) { words[n / 64] |= 1ull << (n % 64); }
    constexpr void reset(unsigned n) { words[n / 64] &= ~(1ull << (n % 64)); }
    constexpr bool test(unsigned n) const { return (words[n / 64] >> (n % 64) & 1) != 0; }
    constexpr void fill() {
        for (auto &word : words) word = ~0ull;
    }
};

/// What RS hands to privilege_control(set_system), and reads back. Masks are by privilege id.
struct Privileges {
    std::uint32_t flags;
    std::uint32_t id;     // in: static id unless dynamic_id; out: the id
    std::uint32_t traps;  // trap_bit()s
    Endpoint signal_manager;
    BitMask<max_system_processes> may_block_on;  // SEND, SENDREC
    BitMask<max_system_processes> may_send_to;   // NOTIFY, SENDNB, SENDA; made symmetric
    BitMask<128> kernel_calls;                   // by number - 0x100
    std::uint32_t io_count, memory_count, irq_count, reserved;
    IoRange io[32];
    MemoryRange memory[10];
    std::uint8_t irqs[16];
};
/// Static privilege ids are the well-known slots; user processes share the id of init.
inline constexpr unsigned user_privilege_id = 10;
inline constexpr unsigned first_dynamic_privilege_id = 16;
constexpr unsigned call_bit(KernelCall call) { return number_of(call) - first_kernel_call; }

// ---- memory -----------------------------------------------------------------------------------

namespace map_flag {
inline constexpr std::uint32_t write = 1, execute = 2, uncached = 4;  // always readable, always user
}

struct MapRun {
    VirtAddr address;
    PhysAddr frame;
    std::uint32_t pages;
    std::uint32_t flags;
};

enum class FrameSource : std::uint32_t { as_is, zero, copy };

struct Resolve {
    Endpoint space;       // whose page table
    std::uint32_t flags;  // map_flag
    VirtAddr address;
    PhysAddr frame;
    PhysAddr copy_from;  // FrameSource::copy
    FrameSource source;
    Endpoint answer;  // whom to let run on, or none
};
/// What is asked at every page fault travels in registers: a structure would be one more walk through a page table.
inline constexpr unsigned resolve_words = 5;
constexpr std::uint64_t word_of(const Resolve &request, unsigned n) {
    const auto both = [](std::uint32_t low, std::uint32_t high) { return low | std::uint64_t{high} << 32; };
    switch (n) {
        case 0: return both(request.space.value, request.flags);
        case 1: return request.address.value;
        case 2: return request.frame.value;
        case 3: return request.copy_from.value;
        default: return both(static_cast<std::uint32_t>(request.source), request.answer.value);
    }
}
/// `word(n)` is the n-th of the words.
constexpr Resolve resolve_of(const auto &word) {
    const auto low = [&](unsigned n) { return static_cast<std::uint32_t>(word(n)); };
    const auto high = [&](unsigned n) { return static_cast<std::uint32_t>(word(n) >> 32); };
    return {.space = {low(0)},
            .flags = high(0),
            .address = {word(1)},
            .frame = {word(2)},
            .copy_from = {word(3)},
            .source = FrameSource{low(4)},
            .answer = {high(4)}};
}

// ---- interrupts and ports ---------------------------------------------------------------------

enum class IrqRequest : std::uint32_t { set_policy, remove, enable, disable };
namespace irq_flag {
inline constexpr std::uint32_t reenable = 1;  // unmask the line at once after the notification
}

struct PortAccess {
    std::uint16_t port;
    std::uint8_t width;  // 1, 2 or 4; naturally aligned, else not_permitted
    std::uint8_t write;
    std::uint32_t value;
};

// ---- get_info ---------------------------------------------------------------------------------

enum class InfoKind : std::uint32_t { self, boot, counters, machine };

struct SelfInfo {
    Endpoint endpoint;
    std::uint32_t privilege_id;
    char name[label_size];
};

enum class BootRole : std::uint32_t { service, root_image };

/// One boot module: a service that the kernel already loaded (stopped but RS), or the root image.
struct BootModule {
    char name[label_size];
    BootRole role;
    Endpoint endpoint;  // service
    PhysAddr start;     // where the loader put the file, page aligned
    std::uint64_t bytes;
};

struct BootDescription {
    std::uint32_t module_count;
    std::uint32_t reserved;
    BootModule modules[24];
    char command_line[512];
};

/// For the leak tests: what is free and what was dropped.
struct KernelCounters {
    std::uint64_t free_processes, free_privileges, free_message_buffers, table_pool_frames, table_frames_used,
        safe_maps, interrupt_hooks;
    std::uint64_t messages, late_replies_dropped, refused_calls, context_switches, space_switches;
};

struct MachineInfo {
    std::uint64_t tsc_hz, memory_bytes, cpu_features, fpu_bytes;
    std::uint64_t idle_ns;
    std::uint64_t tsc_at_boot;  // where nanoseconds since boot count from
};

struct ProcessInfo {
    Endpoint endpoint;
    std::uint32_t slot, privilege_id, run_flags;
    Endpoint blocked_on;  // whom it sends to or receives from, or none/any
    std::uint32_t priority;
    std::uint32_t in_receive;   // 1: waits in RECEIVE(any)
    std::uint32_t fault_armed;  // 1: an injected fault has not struck yet
    std::uint32_t struck;       // 1: a deadly signal stopped it for good, or until a live update is taken back
    std::uint32_t reserved;
    Nanoseconds user, system;
    char name[label_size];
};

}  // namespace axo
