// Calls about the calling thread: its name, its segment bases, where it runs.
#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

std::int64_t Server::call_prctl(Process &caller, Call call) {
    constexpr std::uint64_t set_name = 15, get_name = 16;
    char name[label_size] = {};
    switch (call.argument(0)) {
        case set_name:
            for (std::size_t i = 0; i + 1 < sizeof name; ++i) {  // up to its NUL: what follows may not be mapped
                if (const Status read = from_user(caller, call.argument(1) + i, &name[i], 1); !read)
                    return to_wire(read.error());
                if (name[i] == '\0') break;
            }
            caller.name = Label::cut(text_of(name));
            return 0;
        case get_name: return to_wire(to_user(caller, call.argument(1), caller.name.text, sizeof caller.name.text));
        default: return to_wire(Error::invalid);
    }
}

std::int64_t Server::call_arch_prctl(Process &caller, Call call) {
    constexpr std::uint64_t set_gs = 0x1001, set_fs = 0x1002, get_fs = 0x1003, get_gs = 0x1004;
    const std::uint64_t value = call.argument(1);
    switch (call.argument(0)) {
        case set_fs:
        case set_gs: {
            if (value >= layout::user_end) return to_wire(Error::not_permitted);
            const SegmentBase which = call.argument(0) == set_fs ? SegmentBase::fs : SegmentBase::gs;
            return to_wire(sys::set_segment_base(caller.endpoint, which, value));
        }
        case get_fs:
        case get_gs: {
            Context context;
            if (const Status read = sys::get_context(caller.endpoint, context); !read) return to_wire(read.error());
            return to_wire(put(caller, value, call.argument(0) == get_fs ? context.fs_base : context.gs_base));
        }
        default: return to_wire(Error::invalid);
    }
}

std::int64_t Server::call_set_tid_address(Process &caller, Call call) {
    caller.clear_tid_address = call.argument(0);
    return caller.pid;
}

/// Robust futexes matter to other threads and to shared memory only; the list of a process without either is never
/// read.
std::int64_t Server::call_set_robust_list(Process &, Call call) {
    constexpr std::uint64_t head_bytes = 24;
    return call.argument(1) == head_bytes ? 0 : to_wire(Error::invalid);
}

std::int64_t Server::call_sched_yield(Process &, Call) { return 0; }

std::int64_t Server::call_sched_getaffinity(Process &caller, Call call) {
    const auto pid = static_cast<std::uint32_t>(call.argument(0));
    if (pid != 0 && processes_.find_pid(pid) == nullptr) return to_wire(Error::no_process);
    const std::uint64_t first_processor = 1;
    if (call.argument(1) < sizeof first_processor || call.argument(1) % 8 != 0) return to_wire(Error::invalid);
    const Status written = put(caller, call.argument(2), first_processor);
    return written ? static_cast<std::int64_t>(sizeof first_processor) : to_wire(written.error());
}

std::int64_t Server::call_getcpu(Process &caller, Call call) {
    for (unsigned i = 0; i < 2; ++i) {  // processor and node: there is one
        if (call.argument(i) == 0) continue;
        const Status written = put(caller, call.argument(i), std::uint32_t{0});
        if (!written) return to_wire(written.error());
    }
    return 0;
}

std::int64_t Server::call_personality(Process &caller, Call call) {
    constexpr std::uint32_t only_ask = 0xffffffff, address_no_randomize = 0x0040000;
    const auto wanted = static_cast<std::uint32_t>(call.argument(0));
    const std::uint32_t old = caller.personality;
    if (wanted == only_ask) return old;
    if ((wanted & ~address_no_randomize) != 0) return to_wire(Error::invalid);
    caller.personality = wanted;
    return old;
}

}  // namespace axo::pm
