// Into a signal handler and back: the frame is built on PM's stack and copied to the process in one piece.
#include "axo/layout.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"
#include "servers/pm/signals/info.hpp"
#include "servers/pm/signals/sigframe.hpp"

namespace axo::pm {

namespace {

constexpr std::uint64_t no_call = ~0ull, call_instruction_bytes = 2;

/// Our own errors are the kernel's to turn into what a program may see.
bool is_plain_answer(std::int64_t value) { return value > -512 || value < -1024; }

/// Whether the call that the signal ended is issued again after the handler, and what it returns if not.
void settle_call(Context &context, bool taken_back, bool restarts) {
    if (context.syscall_number == no_call) return;
    const bool asks = static_cast<std::int64_t>(context.rax) == to_wire(Error::restart_call);
    if (taken_back || (asks && restarts)) {
        // Nobody has seen a call that was taken back: the signal came before it.
        context.rip -= call_instruction_bytes;
        context.rax = context.syscall_number;
    } else if (asks) {
        context.rax = static_cast<std::uint64_t>(to_wire(Error::interrupted));
    }
}

}  // namespace

/// They are there with the end of the turn.
Status Server::set_registers(Process &process, const Context &context, OpenCall call, ContextPart part) {
    TRY(sys::set_context(process.endpoint, context, call, part));
    process.registers_set = sys::turn();
    return {};
}

bool Server::registers_are_set(const Process &process) { return process.registers_set == sys::turn(); }

/// The registers were not set in this turn. Errors: absent (bring the stack in and try again), fault (no usable stack).
Status Server::push_handler(Process &process, int number, const EndOfCall &end) {
    Context context;
    TRY(sys::get_context(process.endpoint, context));
    const abi::SignalAction action = process.signals.action(number);
    if (end.answer) {
        context.rax = static_cast<std::uint64_t>(*end.answer);
        context.syscall_number = no_call;
    }
    settle_call(context, end.taken_back, (action.flags & abi::action_flag::restart) != 0);
    const SignalOrigin origin = process.signals.pending.take(number);
    const auto keep_pending = [&](Error error) {
        process.signals.pending.add(origin);
        return error;
    };
    const SignalSet mask = process.signals.restore_mask_set ? process.signals.restore_mask : process.signals.mask;
    const FrameContent content{number, action, process.signals.stack, mask.bits(), signal_info(origin), features_};
    const auto plan = plan_frame(context, content);
    if (!plan || (action.flags & abi::action_flag::restorer) == 0) return keep_pending(Error::fault);
    std::byte bytes[frame_bytes_max];
    fill_frame(*plan, context, content, bytes);
    if (const Status written = to_user(process, plan->frame, bytes, plan->bytes()); !written)
        return keep_pending(written.error());
    enter_handler(context, *plan, content);
    const OpenCall call = end.answer ? OpenCall::answered : OpenCall::stays;
    const Status entered = set_registers(process, context, call, ContextPart::registers);
    if (!entered) return keep_pending(Error::fault);
    enter_action(process, number, action);
    return {};
}

/// A signal that a process sent to itself: when a handler for it is all there is to do, the process enters it straight
/// out of its call, which needs neither be held nor answered for that. False: nothing was done.
bool Server::answer_with_handler(Endpoint process, std::int64_t value) {
    Process *caller = processes_.find(process);
    const bool undisturbed = caller != nullptr && caller->alive() && caller->attention && !caller->delivering &&
                             !caller->held && !caller->stopped && caller->call.waiting == Waiting::nothing &&
                             !registers_are_set(*caller);
    if (!undisturbed || !is_plain_answer(value)) return false;
    const int number = caller->deliverable().first();
    const bool alone =
        number != 0 && number < PendingSignals::first_queued && caller->deliverable() == SignalSet::of(number);
    if (!alone || caller->signals.action(number).handler <= abi::handler_ignore) return false;
    if (!push_handler(*caller, number, {.taken_back = false, .answer = value})) return false;
    caller->attention = attention_ = false;
    return true;
}

/// Mask and action from here until the handler returns.
void Server::enter_action(Process &process, int number, const abi::SignalAction &action) {
    SignalState &signals = process.signals;
    signals.restore_mask_set = false;
    signals.mask = signals.mask.with(SignalSet(action.mask));
    if ((action.flags & abi::action_flag::no_defer) == 0) signals.mask.add(number);
    signals.mask = signals.mask.without(unblockable);
    if ((action.flags & abi::action_flag::reset_handler) != 0) signals.action(number) = {};
    if ((signals.stack.flags & abi::stack_flag::auto_disarm) != 0)
        signals.stack = {.address = 0, .flags = abi::stack_flag::disable, .padding = 0, .size = 0};
}

std::int64_t Server::call_sigreturn(Process &caller, Call) {
    Context context;
    if (!sys::get_context(caller.endpoint, context, ContextPart::registers)) return later;
    abi::SignalFrame frame;
    std::byte fpu[sizeof context.fpu];
    std::size_t fpu_bytes = 0;
    Status read = from_user(caller, context.rsp - sizeof frame.return_address, &frame, sizeof frame);
    if (read && frame.context.machine.fpu_state != 0) {
        fpu_bytes = fpu_bytes_;
        read = from_user(caller, frame.context.machine.fpu_state, fpu, fpu_bytes);
    }
    if (!read && read.error() == Error::absent) return to_wire(Error::absent);
    if (read) read = leave_handler(context, frame, {fpu, fpu_bytes}, features_);
    if (!read) {
        terminate(caller, wait_status::killed(signal::segv));
        return later;
    }
    SignalState &signals = caller.signals;
    signals.mask = SignalSet(frame.context.signal_mask).without(unblockable);
    if (!on_signal_stack(signals.stack, context.rsp)) {
        const abi::SignalStack &saved = frame.context.stack;
        if (saved.size >= abi::minimum_signal_stack || saved.size == 0) signals.stack = saved;
    }
    const bool more = !caller.deliverable().empty();
    if (more) hold(caller);  // the next handler comes before user mode
    if (!set_registers(caller, context, OpenCall::answered, ContextPart::all))
        terminate(caller, wait_status::killed(signal::segv));
    else if (more)
        wake_for_signal(caller);
    else
        let_go(caller);
    return later;
}

}  // namespace axo::pm
