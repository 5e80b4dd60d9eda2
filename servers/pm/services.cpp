// PM's start, and its requests from other services: system processes of RS, the first program, signals of VFS. Those on
// behalf of terminals are in terminal.cpp.
#include "lib/sys/clock.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "lib/sys/processor.hpp"
#include "servers/pm/routes.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

constexpr std::uint32_t init_pid = 1;

struct BootProcess {
    Endpoint endpoint;
    std::string_view name;
    bool optional = false;
};

/// RS is 2, the others follow; RS is a child of init, all others are RS's.
constexpr BootProcess boot_processes[] = {
    {endpoint::rs, "rs"},
    {endpoint::pm, "pm"},
    {endpoint::vfs, "vfs"},
    {endpoint::vm, "vm"},
    {endpoint::ds, "ds"},
    {endpoint::tty, "tty"},
    {endpoint::memory, "memory"},
    {endpoint::log, "log"},
    {endpoint::root_fs, "fs_root"},
    {endpoint::tmpfs, "tmpfs"},
    {endpoint::procfs, "procfs", true},
};

/// The word after "init=" on the kernel's command line; empty: none.
std::string_view init_option(std::string_view left) {
    constexpr std::string_view option = "init=";
    while (!left.empty()) {
        const std::size_t space = left.find(' ');
        std::string_view word(left.data(), space == left.npos ? left.size() : space);
        left.remove_prefix(space == left.npos ? left.size() : space + 1);
        if (!word.starts_with(option)) continue;
        word.remove_prefix(option.size());
        return word;
    }
    return {};
}

void set_default_limits(Process &process) {
    constexpr unsigned stack = 3, core = 4, open_files = 7;
    for (abi::ResourceLimit &limit : process.limits) limit = {abi::rlimit_infinity, abi::rlimit_infinity};
    process.limits[stack].current = 8 * 1024 * 1024;
    process.limits[core].current = 0;
    process.limits[open_files] = {1024, 4096};
}

}  // namespace

Server::Server(State &state) : state_(state), processes_(state.processes), clock_(bind<&Server::on_clock>(*this)) {}

Status Server::init(const sef::Init &) {
    TRY(register_boot_processes());
    TRY(sys::set_route(routes()));
    const std::uint64_t now = TRY(sys::read_cmos());
    const std::uint64_t uptime = sys::now().value;
    state_.boot_wall_clock = {now * 1'000'000'000 - uptime};
    TRY(sys::set_clock(state_.boot_wall_clock));
    TRY(publish_clock());
    features_ = sys::extended_state_components();
    const MachineInfo machine = TRY(sys::machine_info());
    if (machine.fpu_bytes >= 512 && machine.fpu_bytes <= sizeof(Context::fpu)) fpu_bytes_ = machine.fpu_bytes;
    state_.random.add_seed(gather_seed());
    const BootDescription boot = TRY(sys::boot_description());
    const std::string_view path = init_option(text_of(boot.command_line));
    if (!path.empty()) put_text(state_.init_path, path);
    return {};
}

Status Server::register_boot_processes() {
    Process *init = TRY(processes_.create(init_pid));
    init->group = init->session = 0;
    init->space = init_pid;
    init->name = Label::cut("init");
    set_default_limits(*init);
    processes_.bind(*init, endpoint::init);
    Process *rs = nullptr;
    for (const BootProcess &boot : boot_processes) {
        if (boot.optional && !sys::times(boot.endpoint)) continue;  // not in this boot archive
        Process *process = TRY(processes_.create());
        process->name = Label::cut(boot.name);
        process->system = true;
        process->life = Life::alive;
        process->space = process->pid;
        processes_.bind(*process, boot.endpoint);
        ProcessTable::adopt(rs == nullptr ? *init : *rs, *process);
        if (rs == nullptr) rs = process;
    }
    return {};
}

Process *Server::registered(Endpoint service) {
    Process *process = processes_.find(service);
    return process != nullptr && process->life == Life::alive ? process : nullptr;
}

sef::Task Server::on(Endpoint caller, StartInit, sef::ReplyTo<Nothing> reply) {
    Process *init = processes_.find(endpoint::init);
    if (caller != endpoint::rs || init == nullptr || init->life != Life::forming) {
        reply.fail(Error::not_permitted);
        co_return;
    }
    init->life = Life::alive;  // ExecCommit finds it so
    const std::size_t length = text_of(state_.init_path).size() + 1;
    auto grant = sys::Grant::direct(endpoint::vfs, state_.init_path, length, sys::Access::read);
    if (!grant) {
        reply.fail(grant.error());
        co_return;
    }
    vfs::ExecFirst request{};
    request.process = endpoint::init;
    request.pid = init_pid;
    request.arguments = grant->id();
    request.bytes = static_cast<std::uint32_t>(length);
    const auto started = co_await sef::request(endpoint::vfs, request, sef::no_deadline);
    if (started) {
        reply.ok();
        co_return;
    }
    sys::log("cannot run %s: error %d", state_.init_path, static_cast<int>(started.error()));
    init = processes_.find(endpoint::init);
    if (init != nullptr) init->life = Life::forming;
    reply.fail(started.error());
}

/// A user process that no fork made: a child of init, root's, that has executed nothing yet.
Result<Process *> Server::new_user_process() {
    Process *init = processes_.find(endpoint::init);
    if (init == nullptr || state_.going_down) return Error::again;
    Process *process = TRY(processes_.create());
    const auto slot = sys::fork(endpoint::none, ForkMode::system);
    Status linked = slot ? sys::privilege_control(*slot, PrivilegeRequest::set_user) : Status{slot.error()};
    if (linked) linked = sys::privilege_control(*slot, PrivilegeRequest::allow);
    if (!linked) {
        if (slot) static_cast<void>(sys::clear(*slot));
        processes_.destroy(*process);
        return linked.error();
    }
    process->life = Life::alive;  // ExecCommit finds it so
    process->group = process->session = process->space = process->pid;
    process->exit_signal = signal::child;
    process->started = sys::now().value;
    set_default_limits(*process);
    processes_.bind(*process, *slot);
    ProcessTable::adopt(*init, *process);
    return process;
}

sef::Task Server::on(Endpoint caller, RunScript request, sef::ReplyTo<RunScript::Reply> reply) {
    if (caller != endpoint::rs) {
        reply.fail(Error::not_permitted);
        co_return;
    }
    const auto made = new_user_process();
    if (!made) {
        reply.fail(made.error());
        co_return;
    }
    const std::uint32_t pid = (*made)->pid;
    const Endpoint process = (*made)->endpoint;
    auto arguments = sys::Grant::indirect(endpoint::vfs, caller, request.arguments);
    Status status = arguments ? Status{} : Status{arguments.error()};
    if (status) {
        vfs::ExecFirst exec{};
        exec.process = process;
        exec.pid = pid;
        exec.arguments = arguments->id();
        exec.bytes = request.bytes;
        const auto started = co_await sef::request(endpoint::vfs, exec, sef::no_deadline);
        if (!started) status = started.error();
    }
    if (status) {
        reply.ok({pid, 0});
        co_return;
    }
    auto undoing = undo_fork(process, pid);
    static_cast<void>(co_await undoing);
    reply.fail(status.error());
}

void Server::on(Endpoint caller, const Spawn &request, sef::ReplyTo<Spawn::Reply> reply) {
    Process *rs = registered(endpoint::rs);
    if (caller != endpoint::rs || rs == nullptr) return reply.fail(Error::not_permitted);
    const auto process = processes_.create();
    if (!process) return reply.fail(process.error());
    const auto slot = sys::fork(endpoint::none, ForkMode::system);
    if (!slot) {
        processes_.destroy(**process);
        return reply.fail(slot.error());
    }
    (*process)->name = Label::cut(text_of(request.name));
    (*process)->system = true;
    (*process)->life = Life::alive;
    (*process)->space = (*process)->pid;
    (*process)->started = sys::now().value;
    processes_.bind(**process, *slot);
    ProcessTable::adopt(*rs, **process);
    reply.ok({*slot, (*process)->pid});
}

void Server::on(Endpoint caller, const DestroyService &request, sef::ReplyTo<Nothing> reply) {
    Process *process = processes_.find(request.process);
    if (caller != endpoint::rs) return reply.fail(Error::not_permitted);
    if (process == nullptr || !process->system) return reply.fail(Error::no_process);
    // RS keeps the books on its services: there is no zombie to wait for. VFS and VM hear of it without PM waiting,
    // since VFS may just be waiting for this very service.
    const vfs::Exit files{request.process};
    const vm::Exit memory{request.process};
    static_cast<void>(sef::tell(endpoint::vfs, files));
    static_cast<void>(sef::tell(endpoint::vm, memory));
    static_cast<void>(sys::clear(request.process));
    processes_.destroy(*process);
    reply.ok();
}

void Server::on(Endpoint, const LookupPid &request, sef::ReplyTo<LookupPid::Reply> reply) {
    const Process *process = processes_.find(request.process);
    if (process == nullptr) return reply.fail(Error::no_process);
    reply.ok({process->pid, process->credentials.user.effective});
}

void Server::on(Endpoint caller, const SignalProcess &request, sef::ReplyTo<Nothing> reply) {
    if (!is_signal(request.signal)) return reply.fail(Error::invalid);
    Process *process = processes_.find(request.process);
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    if (process == nullptr || process->system) return reply.fail(Error::no_process);
    SignalOrigin origin{.number = static_cast<std::int32_t>(request.signal)};
    origin.pid = process->pid;
    origin.uid = process->credentials.user.real;
    send_signal(*process, origin);
    reply.ok();
}

void Server::on(Endpoint, const Counters &, sef::ReplyTo<Counters::Reply> reply) {
    Counters::Reply counters{};
    for (const Process &process : processes_.all()) {
        if (process.life == Life::zombie)
            ++counters.zombies;
        else
            ++counters.processes;
    }
    reply.ok(counters);
}

}  // namespace axo::pm
