// fork, vfork, clone. PM leads: the kernel makes the slot, VM gives the memory, VFS the open files; a step that fails
// undoes those before it. The child is in the same call as its parent, so that answering it 0 lets it run.
#include "axo/vm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/pm/process/owner.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

namespace flag = abi::clone_flag;

/// Whatever of clone is here: processes, and vfork's sharing of memory until exec.
bool is_supported(std::uint64_t flags) {
    constexpr std::uint64_t known = flag::exit_signal | flag::memory | flag::fs | flag::files | flag::vfork |
                                    flag::set_tls | flag::parent_set_tid | flag::child_clear_tid | flag::child_set_tid |
                                    flag::detached | flag::untraced;
    const bool shares_memory = (flags & flag::memory) != 0;
    return (flags & ~known) == 0 && (!shares_memory || (flags & flag::vfork) != 0);
}

void inherit(Process &child, const Process &parent) {
    child.group = parent.group;
    child.session = parent.session;
    child.name = parent.name;
    child.credentials = parent.credentials;
    child.signals.mask = parent.signals.mask;
    child.signals.stack = parent.signals.stack;
    for (int i = 0; i < signal::last; ++i) child.signals.actions[i] = parent.signals.actions[i];
    for (unsigned i = 0; i < abi::resource_limits; ++i) child.limits[i] = parent.limits[i];
    child.personality = parent.personality;
    child.nice = parent.nice;
}

}  // namespace

std::int64_t Server::call_fork(Process &caller, Call) {
    ForkOptions options;
    options.exit_signal = signal::child;
    return start_fork(caller, options);
}

std::int64_t Server::call_vfork(Process &caller, Call) {
    ForkOptions options;
    options.flags = flag::memory | flag::vfork;
    options.exit_signal = signal::child;
    return start_fork(caller, options);
}

std::int64_t Server::call_clone(Process &caller, Call call) {
    ForkOptions options;
    options.flags = call.argument(0);
    options.stack = call.argument(1);
    options.parent_tid = call.argument(2);
    options.child_tid = call.argument(3);
    options.tls = call.argument(4);
    options.exit_signal = static_cast<std::uint32_t>(options.flags & flag::exit_signal);
    if ((options.flags & flag::thread) != 0) return to_wire(Error::no_syscall);
    if (!is_supported(options.flags)) return to_wire(Error::invalid);
    if (options.exit_signal > signal::last) return to_wire(Error::invalid);
    return start_fork(caller, options);
}

std::int64_t Server::start_fork(Process &caller, const ForkOptions &options) {
    if (state_.going_down || !processes_.has_room(caller.credentials)) return to_wire(Error::again);
    caller.call.waiting = Waiting::busy;
    if (fork_task(caller.endpoint, options).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::no_memory);
}

sef::Task Server::fork_task(Endpoint parent, ForkOptions options) {
    auto making = make_child(parent, options);
    const Result<std::uint32_t> pid = co_await making;
    Process *caller = processes_.find(parent);
    if (caller == nullptr || !caller->alive()) co_return;
    if (!pid) {
        answer(*caller, to_wire(pid.error()));
        co_return;
    }
    Process &child = *processes_.find_pid(*pid);
    child.life = Life::alive;
    child.call = {.number = caller->call.number, .tag = caller->call.tag};
    child.attention = !child.deliverable().empty();
    if ((options.flags & flag::vfork) != 0) {
        child.vfork_parent = caller->pid;
        caller->call.waiting = Waiting::vfork;
    } else {
        answer(*caller, static_cast<std::int64_t>(*pid));
    }
    if (child.signals.pending.set().has(signal::kill))
        terminate(child, wait_status::killed(signal::kill));
    else
        answer(child, 0);
}

Result<Process *> Server::new_child_record(Process &parent, const ForkOptions &options) {
    Process *child = TRY(processes_.create());
    inherit(*child, parent);
    child->exit_signal = options.exit_signal;
    child->started = sys::now().value;
    const bool shares = (options.flags & flag::memory) != 0;
    child->shares_memory = shares;
    child->space = shares ? parent.space : child->pid;
    if (shares) child->signals.stack = {.address = 0, .flags = abi::stack_flag::disable, .padding = 0, .size = 0};
    if ((options.flags & flag::child_clear_tid) != 0) child->clear_tid_address = options.child_tid;
    ProcessTable::adopt(parent, *child);
    return child;
}

/// Ends with a child in life `forming`, or with nothing left of it.
sef::Async<Result<std::uint32_t>> Server::make_child(Endpoint parent, ForkOptions options) {
    const auto record = new_child_record(*processes_.find(parent), options);
    if (!record) co_return record.error();
    const std::uint32_t pid = (*record)->pid;
    const bool shares = (options.flags & flag::memory) != 0;
    const Result<Endpoint> child = shares ? sys::start_thread(parent, 0) : sys::fork(parent, ForkMode::user);
    if (!child) {
        processes_.destroy(**record);
        co_return child.error();
    }
    processes_.bind(**record, *child);
    auto sharing = share_resources(parent, *child, pid, options);
    const Status shared = co_await sharing;
    if (shared) co_return pid;
    auto undoing = undo_fork(*child, pid);
    const Status undone = co_await undoing;
    static_cast<void>(undone);
    co_return shared.error();
}

sef::Async<Status> Server::share_resources(Endpoint parent, Endpoint child, std::uint32_t pid, ForkOptions options) {
    vm::Fork memory{};
    memory.parent = parent;
    memory.child = child;
    memory.kind = (options.flags & flag::memory) != 0 ? vm::ForkKind::share : vm::ForkKind::copy;
    const Process *const forking = processes_.find(parent);
    memory.owner = forking != nullptr ? owner_of(*forking) : vm::Owner::somebody;
    const auto copied = co_await sef::request(endpoint::vm, memory);
    if (!copied) co_return copied.error();
    vfs::Fork files{};
    files.parent = parent;
    files.child = child;
    files.pid = pid;
    files.share_files = (options.flags & flag::files) != 0 ? 1 : 0;
    files.share_fs = (options.flags & flag::fs) != 0 ? 1 : 0;
    if (const Process *record = processes_.find(child)) files.group = record->group;
    const auto opened = co_await sef::request(endpoint::vfs, files);
    if (!opened) co_return opened.error();
    auto registers = set_child_registers(parent, child, pid, options);
    const Status set = co_await registers;
    if (!set) co_return set;
    const Process *caller = processes_.find(parent);
    if (caller == nullptr || !caller->alive()) co_return Error::interrupted;  // killed meanwhile: no child either
    co_return Status{};
}

sef::Async<Status> Server::set_child_registers(Endpoint parent, Endpoint child, std::uint32_t pid,
                                               ForkOptions options) {
    if (options.stack != 0) {
        Context context;
        const Status read = sys::get_context(child, context, ContextPart::registers);
        if (!read) co_return read;
        context.rsp = options.stack;
        const Status written = sys::set_context(child, context, OpenCall::stays, ContextPart::registers);
        if (!written) co_return written;
    }
    if ((options.flags & flag::set_tls) != 0) {
        const Status set = sys::set_segment_base(child, SegmentBase::fs, options.tls);
        if (!set) co_return Error::not_permitted;
    }
    const std::uint64_t addresses[2] = {(options.flags & flag::child_set_tid) != 0 ? options.child_tid : 0,
                                        (options.flags & flag::parent_set_tid) != 0 ? options.parent_tid : 0};
    for (unsigned who = 0; who < 2; ++who) {
        if (addresses[who] == 0) continue;
        const Process *process = processes_.find(who == 0 ? child : parent);
        if (process == nullptr) co_return Error::interrupted;
        Status written = put(*process, addresses[who], pid);
        if (!written && written.error() == Error::absent) {
            auto present = bring_in(process->endpoint, missing_);
            written = co_await present;
            process = processes_.find(who == 0 ? child : parent);
            if (written && process != nullptr) written = put(*process, addresses[who], pid);
        }
        // As on Linux, a bad address here does not undo the fork.
    }
    co_return Status{};
}

sef::Async<Status> Server::undo_fork(Endpoint child, std::uint32_t pid) {
    const vfs::Exit files{child};
    const auto closed = co_await sef::request(endpoint::vfs, files);
    const vm::Exit memory{child};
    const auto freed = co_await sef::request(endpoint::vm, memory);
    static_cast<void>(sys::clear(child));
    if (Process *record = processes_.find_pid(pid)) processes_.destroy(*record);
    if (!closed) co_return closed.error();
    if (!freed) co_return freed.error();
    co_return Status{};
}

/// At exec and at exit of the child.
void Server::release_vfork_parent(Process &child) {
    if (child.vfork_parent == 0) return;
    Process *parent = processes_.find_pid(child.vfork_parent);
    child.vfork_parent = 0;
    if (parent != nullptr && parent->alive() && parent->call.waiting == Waiting::vfork)
        answer(*parent, static_cast<std::int64_t>(child.pid));
}

}  // namespace axo::pm
