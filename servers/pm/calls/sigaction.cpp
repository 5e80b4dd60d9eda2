// rt_sigaction, rt_sigprocmask, rt_sigpending, sigaltstack.
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint64_t set_bytes = sizeof(std::uint64_t);

}  // namespace

std::int64_t Server::call_sigaction(Process &caller, Call call) {
    const std::uint64_t number = call.argument(0), new_address = call.argument(1), old_address = call.argument(2);
    if (call.argument(3) != set_bytes || number < 1 || number > signal::last) return to_wire(Error::invalid);
    const int which = static_cast<int>(number);
    if (new_address != 0 && unblockable.has(which)) return to_wire(Error::invalid);
    abi::SignalAction &action = caller.signals.action(which);
    abi::SignalAction wanted = action;
    if (new_address != 0) {
        if (const Status read = from_user(caller, new_address, &wanted, sizeof wanted); !read)
            return to_wire(read.error());
        wanted.mask &= ~unblockable.bits();
    }
    if (old_address != 0) {
        if (const Status written = put(caller, old_address, action); !written) return to_wire(written.error());
    }
    action = wanted;
    if (is_ignored(caller, which)) caller.signals.pending.discard(SignalSet::of(which));
    return 0;
}

std::int64_t Server::call_sigprocmask(Process &caller, Call call) {
    constexpr std::uint64_t block = 0, unblock = 1, set = 2;
    if (call.argument(3) != set_bytes) return to_wire(Error::invalid);
    SignalSet mask = caller.signals.mask;
    if (call.argument(1) != 0) {
        const auto bits = get<std::uint64_t>(caller, call.argument(1));
        if (!bits) return to_wire(bits.error());
        const SignalSet change = SignalSet(*bits).without(unblockable);
        switch (call.argument(0)) {
            case block: mask = mask.with(change); break;
            case unblock: mask = mask.without(change); break;
            case set: mask = change; break;
            default: return to_wire(Error::invalid);
        }
    }
    if (call.argument(2) != 0) {
        const Status written = put(caller, call.argument(2), caller.signals.mask.bits());
        if (!written) return to_wire(written.error());
    }
    caller.signals.mask = mask;
    if (!caller.deliverable().empty()) wake_for_signal(caller);
    return 0;
}

std::int64_t Server::call_sigpending(Process &caller, Call call) {
    if (call.argument(1) > set_bytes) return to_wire(Error::invalid);
    const std::uint64_t bits = caller.signals.pending.set().both(caller.signals.mask).bits();
    return to_wire(to_user(caller, call.argument(0), &bits, call.argument(1)));
}

std::int64_t Server::call_sigaltstack(Process &caller, Call call) {
    Context context;
    if (const Status read = sys::get_context(caller.endpoint, context); !read) return to_wire(read.error());
    abi::SignalStack &stack = caller.signals.stack;
    const bool inside = stack.size != 0 && context.rsp > stack.address && context.rsp - stack.address <= stack.size;
    abi::SignalStack wanted = stack;
    if (call.argument(0) != 0) {
        const auto given = get<abi::SignalStack>(caller, call.argument(0));
        if (!given) return to_wire(given.error());
        if (inside) return to_wire(Error::not_permitted);
        const std::uint32_t mode = given->flags & ~abi::stack_flag::auto_disarm;
        if (mode != 0 && mode != abi::stack_flag::disable && mode != abi::stack_flag::on_stack)
            return to_wire(Error::invalid);
        const bool off = mode == abi::stack_flag::disable;
        if (!off && given->size < abi::minimum_signal_stack) return to_wire(Error::no_memory);
        wanted = off ? abi::SignalStack{0, abi::stack_flag::disable, 0, 0}
                     : abi::SignalStack{given->address, given->flags & abi::stack_flag::auto_disarm, 0, given->size};
    }
    if (call.argument(1) != 0) {
        abi::SignalStack old = stack;
        if (stack.size == 0)
            old.flags = abi::stack_flag::disable;
        else if (inside)
            old.flags |= abi::stack_flag::on_stack;
        if (const Status written = put(caller, call.argument(1), old); !written) return to_wire(written.error());
    }
    stack = wanted;
    return 0;
}

}  // namespace axo::pm
