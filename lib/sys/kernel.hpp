// One typed function per kernel call (include/axo/kernel_call.hpp says what each does and who may).
// Common errors: call_denied (mask), no_process (no such endpoint), fault (own pointer), invalid.
#pragma once

#include <span>
#include <string_view>

#include "lib/sys/trap.hpp"

namespace axo::sys {

namespace detail {
void a_kernel_call_needs_a_class();  // is nowhere
inline std::uint64_t address(const void *pointer) { return reinterpret_cast<std::uint64_t>(pointer); }
inline Status status(const TrapResult &result) {
    if (result.value < 0) return error_from_wire(result.value);
    return {};
}
inline Result<std::uint64_t> number(const TrapResult &result) {
    if (result.value < 0) return error_from_wire(result.value);
    return static_cast<std::uint64_t>(result.value);
}
template <typename E>
constexpr std::uint64_t code(E value) {
    return static_cast<std::uint64_t>(value);
}
}  // namespace detail

/// A kernel call that has a class beside its number; naming one that has none does not compile.
struct Door {
    consteval Door(KernelCall number) : call(number) {
        if (class_of(number) == CallClass::none) detail::a_kernel_call_needs_a_class();
    }
    KernelCall call;
};

/// Shorthand inside lib/sys: one call whose result is a Status, one whose result is a number.
inline Status kernel_status(Door door, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                            std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
    return detail::status(kernel_trap(door.call, a, b, c, d, e, f));
}
inline Result<std::uint64_t> kernel_number(Door door, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                                           std::uint64_t d = 0, std::uint64_t e = 0) {
    return detail::number(kernel_trap(door.call, a, b, c, d, e));
}

// ---- any system process ------------------------------------------------------------------------

inline Status null_call() { return kernel_status(KernelCall::null); }

/// Ends this process: SIGABRT to itself through its signal manager.
[[noreturn]] void exit(int status);

inline Result<std::uint64_t> get_info(InfoKind kind, void *buffer, std::uint64_t bytes) {
    return kernel_number(KernelCall::get_info, detail::code(kind), detail::address(buffer), bytes);
}
Result<SelfInfo> self_info();
Result<BootDescription> boot_description();
Result<KernelCounters> kernel_counters();
Result<MachineInfo> machine_info();

/// Times of a process (endpoint::self: the caller).
inline Result<Times> times(Endpoint process = endpoint::self) {
    Times result{};
    TRY(kernel_status(KernelCall::times, process.value, detail::address(&result)));
    return result;
}

/// Nanoseconds that were left of the previous alarm; 0 ns cancels.
inline Result<Nanoseconds> set_alarm(Nanoseconds time, AlarmMode mode) {
    const std::uint64_t left = TRY(kernel_number(KernelCall::set_alarm, time.value, detail::code(mode)));
    return Nanoseconds{left};
}

inline Status set_grant_table(const GrantEntry *entries, std::size_t count) {
    return kernel_status(KernelCall::set_grant_table, detail::address(entries), count);
}

/// Errors of the safe copies: not_permitted, invalid, loop, dead_peer, absent.
inline Status safe_copy_from(Endpoint granter, GrantId grant, std::uint64_t offset, void *to, std::uint64_t bytes) {
    return kernel_status(KernelCall::safe_copy_from, granter.value, static_cast<std::uint32_t>(grant.value), offset,
                         detail::address(to), bytes);
}
inline Status safe_copy_to(Endpoint granter, GrantId grant, std::uint64_t offset, const void *from,
                           std::uint64_t bytes) {
    return kernel_status(KernelCall::safe_copy_to, granter.value, static_cast<std::uint32_t>(grant.value), offset,
                         detail::address(from), bytes);
}
/// At most 64 elements; stops at the first error.
inline Status vsafe_copy(std::span<const VectorCopy> elements) {
    return kernel_status(KernelCall::vsafe_copy, detail::address(elements.data()), elements.size());
}
enum class MapAccess : std::uint64_t { read, write };
inline Status safe_map(Endpoint granter, GrantId grant, std::uint64_t offset, void *at, std::uint64_t bytes,
                       MapAccess access) {
    return kernel_status(KernelCall::safe_map, granter.value, static_cast<std::uint32_t>(grant.value), offset,
                         detail::address(at), bytes, detail::code(access));
}
inline Status safe_revoke(GrantId grant) {
    return kernel_status(KernelCall::safe_revoke, static_cast<std::uint32_t>(grant.value));
}
inline Status safe_unmap(void *at) { return kernel_status(KernelCall::safe_unmap, detail::address(at)); }

inline Status diagnostics(std::string_view text) {
    return kernel_status(KernelCall::diagnostics, detail::address(text.data()), text.size());
}
/// Releases everybody blocked on the caller with dead_peer and drops their messages.
inline Status state_control() { return kernel_status(KernelCall::state_control, 1); }

struct LogPart {
    std::uint64_t bytes, next_position;
};
/// Kernel log text from `position` on; next_position is where to go on.
inline Result<LogPart> get_log(std::uint64_t position, std::span<char> buffer) {
    const TrapResult result = kernel_trap(KernelCall::get_log, position, detail::address(buffer.data()), buffer.size());
    if (result.value < 0) return error_from_wire(result.value);
    return LogPart{static_cast<std::uint64_t>(result.value), result.second};
}

inline Result<ProcessInfo> process_info(std::uint64_t slot_or_endpoint, ProcessSelect select) {
    ProcessInfo result{};
    TRY(kernel_status(KernelCall::process_info, slot_or_endpoint, detail::address(&result), detail::code(select)));
    return result;
}

// ---- managers and servers -----------------------------------------------------------------------

inline Result<Endpoint> fork(Endpoint parent, ForkMode mode) {
    const std::uint64_t child = TRY(kernel_number(KernelCall::fork, parent.value, detail::code(mode)));
    return Endpoint{static_cast<std::uint32_t>(child)};
}
/// `name` is copied into label_size bytes.
Status exec(Endpoint process, VirtAddr entry, VirtAddr stack_pointer, std::string_view name);
inline Status clear(Endpoint process) { return kernel_status(KernelCall::clear, process.value); }
inline Status privilege_control(Endpoint process, PrivilegeRequest request, void *argument = nullptr) {
    return kernel_status(KernelCall::privilege_control, process.value, detail::code(request),
                         detail::address(argument));
}
/// Makes it a system process with these rights; its privilege id.
inline Result<unsigned> set_system(Endpoint process, const Privileges &rights) {
    const std::uint64_t id = TRY(kernel_number(KernelCall::privilege_control, process.value,
                                               detail::code(PrivilegeRequest::set_system), detail::address(&rights)));
    return static_cast<unsigned>(id);
}
inline Status schedule(Endpoint process, unsigned priority, Nanoseconds quantum) {
    return kernel_status(KernelCall::schedule, process.value, priority, quantum.value);
}
inline Status kill(Endpoint process, int signal) {
    return kernel_status(KernelCall::kill, process.value, static_cast<std::uint32_t>(signal));
}

struct ManagedSignals {
    Endpoint process;
    std::uint64_t set;
};  // bit n-1 = signal n
/// The next process with signals that this one manages; endpoint::none: no more.
inline Result<ManagedSignals> get_signal() {
    const TrapResult result = kernel_trap(KernelCall::get_signal);
    if (result.value < 0) return error_from_wire(result.value);
    return ManagedSignals{Endpoint{static_cast<std::uint32_t>(result.value)}, result.second};
}
inline Status end_signal(Endpoint process) { return kernel_status(KernelCall::end_signal, process.value); }

inline Status get_context(Endpoint process, Context &context, ContextPart part = ContextPart::all) {
    return kernel_status(KernelCall::get_context, process.value, detail::address(&context), detail::code(part));
}
inline Status set_context(Endpoint process, const Context &context, OpenCall call = OpenCall::stays,
                          ContextPart part = ContextPart::all) {
    return kernel_status(KernelCall::set_context, process.value, detail::address(&context), detail::code(call),
                         detail::code(part));
}
inline Status run_control(Endpoint process, RunRequest request) {
    return kernel_status(KernelCall::run_control, process.value, detail::code(request));
}
inline Status set_segment_base(Endpoint process, SegmentBase which, std::uint64_t value) {
    return kernel_status(KernelCall::set_segment_base, process.value, detail::code(which), value);
}
inline Status set_route(std::span<const Route> routes) {
    return kernel_status(KernelCall::set_route, detail::address(routes.data()), routes.size());
}
inline Status set_clock(Nanoseconds wall_clock_at_boot) {
    return kernel_status(KernelCall::set_clock, wall_clock_at_boot.value);
}
inline Status update(Endpoint a, Endpoint b) { return kernel_status(KernelCall::update, a.value, b.value); }
inline Status shutdown(ShutdownHow how, int code = 0) {
    return kernel_status(KernelCall::shutdown, detail::code(how), static_cast<std::uint32_t>(code));
}

/// Errors: not_supported (a program without fault routines), invalid.
inline Status inject_fault(Endpoint process, std::uint32_t kind, std::uint64_t after) {
    return kernel_status(KernelCall::inject_fault, process.value, kind, after);
}

/// Errors: fault, absent (ask VM with vm::MakePresent and repeat).
inline Status virtual_copy(Endpoint source, VirtAddr from, Endpoint destination, VirtAddr to, std::uint64_t bytes) {
    return kernel_status(KernelCall::virtual_copy, source.value, from.value, destination.value, to.value, bytes);
}
inline Status copy_from_process(Endpoint process, VirtAddr from, void *to, std::uint64_t bytes) {
    return virtual_copy(process, from, endpoint::self, VirtAddr{detail::address(to)}, bytes);
}
/// The same for what an argument of a program points to; what is small is read once, however often the turn is done.
inline Status copy_argument(Endpoint process, VirtAddr from, void *to, std::uint64_t bytes) {
    if (bytes > argument_bytes) return copy_from_process(process, from, to, bytes);
    return kernel_status(KernelCall::copy_argument, process.value, from.value, detail::address(to), bytes);
}
inline Status copy_to_process(Endpoint process, VirtAddr to, const void *from, std::uint64_t bytes) {
    return virtual_copy(endpoint::self, VirtAddr{detail::address(from)}, process, to, bytes);
}

struct Interrupted {
    InterruptResult result;
    Endpoint server;
    std::uint64_t tag;
};
/// Takes a process out of its Linux call; at_server: `server` has it under `tag`.
inline Result<Interrupted> interrupt_user(Endpoint process) {
    std::uint64_t tag = 0;
    const TrapResult result = kernel_trap(KernelCall::interrupt_user, process.value, detail::address(&tag));
    if (result.value < 0) return error_from_wire(result.value);
    return Interrupted{static_cast<InterruptResult>(result.value), Endpoint{static_cast<std::uint32_t>(result.second)},
                       tag};
}

enum class RangeAccess : std::uint64_t { read, write };
/// Makes a range present. Errors: fault, absent, no_memory.
inline Status check_range(Endpoint process, VirtAddr address, std::uint64_t bytes, RangeAccess access) {
    return kernel_status(KernelCall::check_range, process.value, address.value, bytes, detail::code(access));
}
inline Result<Endpoint> start_thread(Endpoint creator, std::uint64_t flags) {
    const std::uint64_t thread = TRY(kernel_number(KernelCall::start_thread, creator.value, flags));
    return Endpoint{static_cast<std::uint32_t>(thread)};
}
inline Status fill_user(Endpoint process, VirtAddr address, std::uint64_t bytes) {
    return kernel_status(KernelCall::fill_user, process.value, address.value, bytes);
}

// ---- memory, VM only ----------------------------------------------------------------------------

inline Status space_create(Endpoint process) { return kernel_status(KernelCall::space_create, process.value); }
inline Result<std::uint64_t> space_destroy(Endpoint process) {
    return kernel_number(KernelCall::space_destroy, process.value);
}
/// At most 512 runs. Errors: tables_needed (then nothing was mapped).
inline Status map(Endpoint space, std::span<const MapRun> runs) {
    return kernel_status(KernelCall::map, space.value, detail::address(runs.data()), runs.size());
}
inline Status unmap(Endpoint space, VirtAddr address, std::uint64_t pages) {
    return kernel_status(KernelCall::unmap, space.value, address.value, pages);
}
inline Status protect(Endpoint space, VirtAddr address, std::uint64_t pages, std::uint32_t flags) {
    return kernel_status(KernelCall::protect, space.value, address.value, pages, flags);
}
inline Status clone_range(Endpoint from, Endpoint to, VirtAddr address, std::uint64_t pages) {
    return kernel_status(KernelCall::clone_range, from.value, to.value, address.value, pages);
}
inline Status donate_frames(PhysAddr start, std::uint64_t pages) {
    return kernel_status(KernelCall::donate_frames, start.value, pages);
}
/// How many frames were taken out of the kernel's pool into `frames`.
inline Result<std::uint64_t> reclaim_frames(std::span<PhysAddr> frames) {
    return kernel_number(KernelCall::reclaim_frames, detail::address(frames.data()), frames.size());
}
inline Status resolve(const Resolve &request) {
    return kernel_status(KernelCall::resolve, word_of(request, 0), word_of(request, 1), word_of(request, 2),
                         word_of(request, 3), word_of(request, 4));
}
inline Result<std::uint64_t> memory_map(std::span<MemoryRange> ranges) {
    return kernel_number(KernelCall::memory_map, detail::address(ranges.data()), ranges.size());
}
/// Physical address | map flags. Errors: absent.
inline Result<std::uint64_t> query_page(Endpoint space, VirtAddr address) {
    return kernel_number(KernelCall::query_page, space.value, address.value);
}
inline Status zero_frames(PhysAddr start, std::uint64_t pages) {
    return kernel_status(KernelCall::zero_frames, start.value, pages);
}
inline Status space_swap(Endpoint a, Endpoint b) { return kernel_status(KernelCall::space_swap, a.value, b.value); }

// ---- devices ------------------------------------------------------------------------------------

/// set_policy: `line` is the line, the result the hook; else `line` is the hook.
inline Result<unsigned> irq_control(IrqRequest request, unsigned line, unsigned notify_id = 0,
                                    std::uint32_t flags = 0) {
    const std::uint64_t hook =
        TRY(kernel_number(KernelCall::irq_control, detail::code(request), line, notify_id, flags));
    return static_cast<unsigned>(hook);
}
inline Result<std::uint32_t> port_in(std::uint16_t port, unsigned width) {
    const std::uint64_t value = TRY(kernel_number(KernelCall::port_in, port, width));
    return static_cast<std::uint32_t>(value);
}
inline Status port_out(std::uint16_t port, unsigned width, std::uint32_t value) {
    return kernel_status(KernelCall::port_out, port, width, value);
}
/// At most 64 accesses, in order; values read are filled in.
inline Status port_vector(std::span<PortAccess> accesses) {
    return kernel_status(KernelCall::port_vector, detail::address(accesses.data()), accesses.size());
}
enum class PortDirection : std::uint64_t { in, out };
inline Status port_string(std::uint16_t port, unsigned width, void *buffer, std::uint64_t units,
                          PortDirection direction) {
    return kernel_status(KernelCall::port_string, port, width, detail::address(buffer), units, detail::code(direction));
}
/// Seconds since 1970 from the real-time clock.
inline Result<std::uint64_t> read_cmos() { return kernel_number(KernelCall::read_cmos); }

}  // namespace axo::sys
