// sources: servers/pm/*.cpp servers/pm/*/*.cpp !servers/pm/main.cpp
// Random Linux calls and requests at PM, over a kernel that forks and VM and VFS that answer late. When every program
// has been killed only init is left.
#include <sys/syscall.h>

#include <csignal>

#include "servers/pm/server.hpp"
#include "test/fuzz/storm/storm.hpp"

namespace axo::storm {

namespace {

using PmStorm = Storm<pm::Server>;

constexpr std::uint64_t user_memory = 0x10000;
constexpr std::size_t user_bytes = 0x2000;

void add_program(PmStorm &storm, fake::System &system, Endpoint process) {
    Client &client = storm.add_client(process, true, 4);
    system.map_process(process, VirtAddr{user_memory}, user_bytes);
    for (std::uint64_t at = 0; at < user_bytes; at += 0x400) client.places.push_back(user_memory + at);
}

/// The kernel under PM: it makes and clears process slots, holds programs, and knows who is in a call of PM.
class Kernel {
public:
    Kernel(Random &random, fake::System &system) : random_(random), system_(system) {
        on(KernelCall::fork, [this](const fake::Arguments &a, std::uint64_t &) { return fork(endpoint_of(a[0])); });
        on(KernelCall::start_thread, [](const fake::Arguments &, std::uint64_t &) { return to_wire(Error::again); });
        on(KernelCall::clear, [this](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            require(alive.erase(static_cast<std::uint32_t>(a[0])) == 1,
                    "a slot is cleared once: " + std::to_string(a[0]));
            storm->bury(endpoint_of(a[0]));
            return 0;
        });
        on(KernelCall::run_control, [this](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            Client *client = storm == nullptr ? nullptr : storm->find(endpoint_of(a[0]));
            if (client != nullptr) client->held = static_cast<RunRequest>(a[1]) == RunRequest::stop;
            return 0;
        });
        on(KernelCall::interrupt_user, [this](const fake::Arguments &a, std::uint64_t &server) -> std::int64_t {
            const Message *call = storm->call_of(endpoint_of(a[0]));
            if (call == nullptr) return static_cast<std::int64_t>(InterruptResult::not_in_call);
            *reinterpret_cast<std::uint64_t *>(a[1]) = call->tag;
            server = endpoint::pm.value;
            return static_cast<std::int64_t>(InterruptResult::at_server);
        });
        on(KernelCall::exec, [this](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            if (Client *client = storm->find(endpoint_of(a[0]))) client->held = false;
            return 0;
        });
        on(KernelCall::set_context, [this](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            if (static_cast<OpenCall>(a[2]) == OpenCall::answered) {
                if (storm->call_of(endpoint_of(a[0])) == nullptr) return to_wire(Error::invalid);
                storm->forgive(endpoint_of(a[0]));
            }
            return 0;
        });
        for (const KernelCall call : {KernelCall::get_context, KernelCall::get_info})
            on(call, [](const fake::Arguments &, std::uint64_t &) { return std::int64_t{0}; });
    }

    PmStorm *storm = nullptr;
    std::set<std::uint32_t> alive;

private:
    static Endpoint endpoint_of(std::uint64_t wire) { return {static_cast<std::uint32_t>(wire)}; }
    void on(KernelCall call, fake::KernelHook hook) { system_.on_kernel(call, std::move(hook)); }

    /// A child is in its parent's call and gets an answer of its own.
    std::int64_t fork(Endpoint parent) {
        if (random_.percent(10) || alive.size() > 60) return to_wire(Error::again);
        const Endpoint child = Endpoint::make(next_slot_++, 1);
        alive.insert(child.value);
        add_program(*storm, system_, child);
        if (const Message *call = storm->call_of(parent)) {
            storm->owe(child, call->tag, *call);
            storm->find(child)->waits = true;
        } else {
            storm->find(child)->held = true;  // a service or a script: it runs when it was given a program
        }
        return child.value;
    }

    Random &random_;
    fake::System &system_;
    std::uint32_t next_slot_ = 100;
};

void kill_by_kernel(fake::System &system, fake::Service<pm::Server> &service, Endpoint process) {
    bool told = false;
    system.on_kernel(KernelCall::get_signal,
                     [&told, process](const fake::Arguments &, std::uint64_t &set) -> std::int64_t {
                         if (std::exchange(told, true)) return endpoint::none.value;
                         set = 1u << (SIGKILL - 1);
                         return process.value;
                     });
    service.notify(endpoint::system, kernel_signal::manage);
    system.kernel_hooks.erase(KernelCall::get_signal);
}

}  // namespace

std::uint64_t usual_episodes() { return 40; }

void episode(Random &random) {
    fake::System system(endpoint::pm, 8 << 20, 8 << 20);
    Kernel kernel(random, system);
    fake::Service<pm::Server> service;
    require(service.start().has_value(), "PM starts");
    PmStorm storm(random, system, service);
    storm.late<vm::Fork>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vm::Exit>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vm::ExecSwitch>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vm::MakePresent>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::Fork>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::Exit>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::Cancel>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::ExecFirst>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::SetIds>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::SetGroups>([](Endpoint, const auto &) { return Nothing{}; });
    storm.late<vfs::NewSession>([](Endpoint, const auto &) { return Nothing{}; });
    storm.never_fail = {vm::Exit::number,       vfs::Exit::number,   vfs::Cancel::number,
                        vm::ExecSwitch::number, vfs::SetIds::number, vfs::ExecFirst::number};
    storm.likely_calls = {
        SYS_fork,         SYS_fork,           SYS_vfork,         SYS_clone,           SYS_wait4,        SYS_waitid,
        SYS_kill,         SYS_kill,           SYS_getpid,        SYS_setpgid,         SYS_setsid,       SYS_getpgid,
        SYS_setuid,       SYS_setresuid,      SYS_setgroups,     SYS_nanosleep,       SYS_alarm,        SYS_setitimer,
        SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_sigreturn, SYS_pause,
        SYS_futex,        SYS_exit,           SYS_tgkill,        SYS_clock_nanosleep, SYS_getrandom,    SYS_sethostname,
        SYS_prctl,        SYS_setpriority,    SYS_times,         SYS_gettid};
    for (const Endpoint peer :
         {endpoint::vfs, endpoint::rs, endpoint::vm, endpoint::procfs, endpoint::tty, Endpoint::make(60, 1)})
        storm.add_client(peer);
    kernel.storm = &storm;
    storm.may_wait = [](const Message &request) { return request.from_user(); };
    storm.rare = {pm::DestroyService::number};
    storm.begin(endpoint::rs, pm::StartInit{});
    storm.calm_down(10);
    add_program(storm, system, endpoint::init);
    const std::uint32_t records = service.state().processes.count();
    storm.shape = [&](Client &client, Message &message) {
        // Small numbers are pids, signals, flags; addresses are in its memory.
        for (unsigned i = 0; i < 6; ++i)
            message.words[i] = random.percent(40)   ? random.one_of(client.places)
                               : random.percent(50) ? random.below(70)
                                                    : storm.numbers().number();
    };
    storm.allowed = [](const Message &message) {
        if (message.type == pm::DestroyService::number && !message.from_user() && message.source == endpoint::rs)
            return decode_request<pm::DestroyService>(message).process.slot() >= 100;
        // The first program does nothing that could end it.
        static const std::set<unsigned> harmless{SYS_fork, SYS_wait4, SYS_kill, SYS_getpid, SYS_nanosleep};
        return !message.from_user() || message.source != endpoint::init || harmless.contains(message.type);
    };
    storm.sent = [&](const Message &message) {
        if (message.from_user() && (message.type == SYS_exit || message.type == SYS_exit_group))
            storm.forgive(message.source);
    };
    for (unsigned i = 0; i < 40; ++i) storm.run(10);
    storm.calm_down(60);
    // The kernel's word that a program is to die: PM buries it, and init the last of them.
    for (const std::uint32_t program : std::set<std::uint32_t>(kernel.alive)) {
        storm.forgive(Endpoint{program});
        storm.begin(endpoint::rs, pm::DestroyService{Endpoint{program}});
        if (kernel.alive.contains(program)) kill_by_kernel(system, service, Endpoint{program});
    }
    storm.calm_down(60);
    for (unsigned i = 0; i < 200 && service.state().processes.count() > records; ++i) {
        if (storm.call_of(endpoint::init) == nullptr)
            static_cast<void>(service.start_user_call(endpoint::init, SYS_wait4, {~0ull, 0, 1, 0, 0, 0}));
        storm.drain();
        system.sent.clear();
    }
    storm.require_balance();
    expect_same("process slots", 0, kernel.alive.size());
}

}  // namespace axo::storm
