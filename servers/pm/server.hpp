// PM: processes, signals, credentials, time. One class; its members are spread over one file per family of calls.
//
// A handler of a Linux call returns what the call returns, or `later` when answer() will follow. It reads and writes
// user memory by from_user and to_user; where file content must be brought in first these fail with `absent`, the
// handler returns that, and the dispatcher runs it again when the memory is there: copies come before changes.
//
// Whoever co_awaits finds the process again afterwards: it may have been killed meanwhile.
#pragma once

#include <optional>

#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/pm/process/process_table.hpp"
#include "servers/pm/random.hpp"

namespace axo::pm {

class Server {
public:
    struct State {
        ProcessTable processes{arena_heap()};
        PairingHeap<Deadline, &Deadline::node> deadlines;
        IntrusiveList<Process, &Process::futex_waiter> futex_waiters;
        RandomGenerator random;
        char host_name[65] = "axolotl";
        char init_path[128] = "/sbin/init";
        bool going_down = false;
        Nanoseconds boot_wall_clock{0};  // since 1970, at boot
    };
    using Requests = pm::Requests;
    using Call = const sef::UserCall &;
    using Handler = std::int64_t (Server::*)(Process &, Call);

    static constexpr std::int64_t later = INT64_MIN;

    explicit Server(State &state);

    Status init(const sef::Init &init);
    void activated() {}

    void user_call(sef::UserCall call);
    bool on_managed_signal(Endpoint endpoint, std::uint64_t set);

    void on(Endpoint caller, const Spawn &request, sef::ReplyTo<Spawn::Reply> reply);
    void on(Endpoint caller, const DestroyService &request, sef::ReplyTo<Nothing> reply);
    sef::Task on(Endpoint caller, StartInit request, sef::ReplyTo<Nothing> reply);
    sef::Task on(Endpoint caller, RunScript request, sef::ReplyTo<RunScript::Reply> reply);
    void on(Endpoint caller, const LookupPid &request, sef::ReplyTo<LookupPid::Reply> reply);
    void on(Endpoint caller, const SignalGroup &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const SignalProcess &request, sef::ReplyTo<Nothing> reply);
    sef::Task on(Endpoint caller, ExecCommit request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const SessionOfGroup &request, sef::ReplyTo<SessionOfGroup::Reply> reply);
    void on(Endpoint caller, const BackgroundAccess &request, sef::ReplyTo<BackgroundAccess::Reply> reply);
    void on(Endpoint caller, const WaitMask &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const WaitMaskOver &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Counters &request, sef::ReplyTo<Counters::Reply> reply);
    void on(Endpoint caller, const ListProcesses &request, sef::ReplyTo<ListProcesses::Reply> reply);
    void on(Endpoint caller, const DescribeProcess &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const HostName &request, sef::ReplyTo<HostName::Reply> reply);

private:
    friend struct CallTable;  // number -> handler

    // ---- calls/fork.cpp
    struct ForkOptions {
        std::uint64_t flags = 0, stack = 0, parent_tid = 0, child_tid = 0, tls = 0;
        std::uint32_t exit_signal = 0;
    };
    std::int64_t call_fork(Process &caller, Call call);
    std::int64_t call_vfork(Process &caller, Call call);
    std::int64_t call_clone(Process &caller, Call call);
    std::int64_t start_fork(Process &caller, const ForkOptions &options);
    sef::Task fork_task(Endpoint parent, ForkOptions options);
    sef::Async<Result<std::uint32_t>> make_child(Endpoint parent, ForkOptions options);
    sef::Async<Status> share_resources(Endpoint parent, Endpoint child, std::uint32_t pid, ForkOptions options);
    sef::Async<Status> set_child_registers(Endpoint parent, Endpoint child, std::uint32_t pid, ForkOptions options);
    Result<Process *> new_child_record(Process &parent, const ForkOptions &options);
    sef::Async<Status> undo_fork(Endpoint child, std::uint32_t pid);
    void release_vfork_parent(Process &child);

    // ---- calls/exec.cpp
    void reset_for_exec(Process &process, const ExecCommit &request);

    // ---- calls/exit.cpp
    std::int64_t call_exit(Process &caller, Call call);
    void terminate(Process &process, std::uint32_t status);
    sef::Task exit_task(Endpoint endpoint);
    void bury(Process &process);
    void reparent_children(Process &process);
    void tell_parent_of_death(Process &child);
    void reap(Process &parent, Process &child);
    /// Does nobody outside of the group, in its session, have a member as child? `without`: as if it were not there.
    bool is_orphaned(std::uint32_t group, const Process *without = nullptr);
    void signal_orphaned_groups(Process &process);

    // ---- calls/wait.cpp
    std::int64_t call_wait4(Process &caller, Call call);
    std::int64_t call_waitid(Process &caller, Call call);
    std::int64_t begin_wait(Process &caller, const PendingCall &wait);
    std::int64_t try_wait(Process &parent, const PendingCall &wait);
    std::int64_t report_child(Process &parent, Process &child, ChildEvent event, const PendingCall &wait);
    void resume_wait(Process &parent);
    sef::Task resume_wait_when_present(Endpoint parent);

    // ---- calls/kill.cpp
    std::int64_t call_kill(Process &caller, Call call);
    std::int64_t call_tkill(Process &caller, Call call);
    std::int64_t call_tgkill(Process &caller, Call call);
    std::int64_t call_sigqueueinfo(Process &caller, Call call);
    Status kill_one(Process &sender, Process &target, const SignalOrigin &origin);
    std::int64_t kill_by_id(Process &sender, std::int32_t pid, const SignalOrigin &origin);
    std::int64_t kill_many(Process &sender, std::uint32_t group, const SignalOrigin &origin);

    // ---- calls/sigaction.cpp
    std::int64_t call_sigaction(Process &caller, Call call);
    std::int64_t call_sigprocmask(Process &caller, Call call);
    std::int64_t call_sigpending(Process &caller, Call call);
    std::int64_t call_sigaltstack(Process &caller, Call call);

    // ---- calls/sigwait.cpp
    std::int64_t call_pause(Process &caller, Call call);
    std::int64_t call_sigsuspend(Process &caller, Call call);
    std::int64_t call_sigtimedwait(Process &caller, Call call);
    std::int64_t take_wanted_signal(Process &process, SignalSet wanted, std::uint64_t info_address);
    void resume_signal_wait(Process &process);
    void set_wait_mask(Process &process, SignalSet mask);
    sef::Task resume_signal_wait_when_present(Endpoint endpoint);

    // ---- terminal.cpp
    void signal_group(std::uint32_t group, const SignalOrigin &origin);

    // ---- signals/send.cpp
    void send_signal(Process &target, const SignalOrigin &origin);
    void force_signal(Process &target, const SignalOrigin &origin);
    void wake_for_signal(Process &target);
    bool is_ignored(const Process &process, int number) const;
    void stop_process(Process &process, int signal);
    void continue_process(Process &process);
    void tell_parent_of_stop(Process &process, std::int32_t code, int status);

    // ---- signals/deliver.cpp
    void deliver(Process &process);
    sef::Task deliver_task(Endpoint endpoint);
    bool act_on_defaults(Process &process);
    void hold(Process &process);
    void let_go(Process &process);
    enum class CallEnd { ended, taken_back, at_vfs, elsewhere, own };
    CallEnd end_call(Process &process, std::uint64_t &tag);
    sef::Async<Status> interrupt_own_wait(Endpoint endpoint);

    // ---- signals/managed.cpp
    sef::Task managed_signal_task(Endpoint endpoint, SignalSet set);

    // ---- signals/handler.cpp
    std::int64_t call_sigreturn(Process &caller, Call call);
    struct EndOfCall {
        bool taken_back = false;             // nobody has seen it
        std::optional<std::int64_t> answer;  // PM's, not given yet: the handler's registers are given instead
    };
    Status push_handler(Process &process, int number, const EndOfCall &end);
    bool answer_with_handler(Endpoint process, std::int64_t value);
    static Status set_registers(Process &process, const Context &context, OpenCall call, ContextPart part);
    static bool registers_are_set(const Process &process);
    void enter_action(Process &process, int number, const abi::SignalAction &action);

    // ---- calls/time.cpp
    std::int64_t call_clock_gettime(Process &caller, Call call);
    std::int64_t call_clock_getres(Process &caller, Call call);
    std::int64_t call_clock_settime(Process &caller, Call call);
    std::int64_t call_gettimeofday(Process &caller, Call call);
    std::int64_t call_settimeofday(Process &caller, Call call);
    std::int64_t call_time(Process &caller, Call call);
    std::int64_t call_times(Process &caller, Call call);
    std::int64_t call_getrusage(Process &caller, Call call);
    Status set_wall_clock(Process &caller, std::uint64_t now);
    Status publish_clock();

    // ---- calls/timer.cpp
    std::int64_t call_alarm(Process &caller, Call call);
    std::int64_t call_setitimer(Process &caller, Call call);
    std::int64_t call_getitimer(Process &caller, Call call);
    std::int64_t call_nanosleep(Process &caller, Call call);
    std::int64_t call_clock_nanosleep(Process &caller, Call call);
    std::int64_t begin_sleep(Process &caller, Nanoseconds until, std::uint64_t remainder_address);
    void arm(Deadline &deadline, Nanoseconds time);
    void disarm(Deadline &deadline);
    void on_clock();
    void on_interval(Process &process);
    void on_wait_over(Process &process);

    // ---- calls/ids.cpp
    std::int64_t call_getuid(Process &caller, Call call);
    std::int64_t call_geteuid(Process &caller, Call call);
    std::int64_t call_getgid(Process &caller, Call call);
    std::int64_t call_getegid(Process &caller, Call call);
    std::int64_t call_getresuid(Process &caller, Call call);
    std::int64_t call_getresgid(Process &caller, Call call);
    std::int64_t call_setuid(Process &caller, Call call);
    std::int64_t call_setgid(Process &caller, Call call);
    std::int64_t call_setreuid(Process &caller, Call call);
    std::int64_t call_setregid(Process &caller, Call call);
    std::int64_t call_setresuid(Process &caller, Call call);
    std::int64_t call_setresgid(Process &caller, Call call);
    std::int64_t call_setfsuid(Process &caller, Call call);
    std::int64_t call_setfsgid(Process &caller, Call call);
    std::int64_t call_getgroups(Process &caller, Call call);
    std::int64_t call_setgroups(Process &caller, Call call);
    std::int64_t publish_ids(Process &caller, const Credentials &changed, std::int64_t result);
    sef::Task publish_ids_task(Endpoint endpoint, Credentials changed, std::int64_t result);
    sef::Task publish_groups_task(Endpoint endpoint, Credentials changed);
    sef::Task counters_task(Endpoint endpoint, std::uint64_t address);

    // ---- calls/session.cpp
    std::int64_t call_getpid(Process &caller, Call call);
    std::int64_t call_getppid(Process &caller, Call call);
    std::int64_t call_getpgrp(Process &caller, Call call);
    std::int64_t call_getpgid(Process &caller, Call call);
    std::int64_t call_setpgid(Process &caller, Call call);
    std::int64_t call_getsid(Process &caller, Call call);
    std::int64_t call_setsid(Process &caller, Call call);
    sef::Task new_session_task(Endpoint endpoint);

    // ---- calls/thread.cpp
    std::int64_t call_prctl(Process &caller, Call call);
    std::int64_t call_arch_prctl(Process &caller, Call call);
    std::int64_t call_set_tid_address(Process &caller, Call call);
    std::int64_t call_set_robust_list(Process &caller, Call call);
    std::int64_t call_sched_yield(Process &caller, Call call);
    std::int64_t call_sched_getaffinity(Process &caller, Call call);
    std::int64_t call_getcpu(Process &caller, Call call);
    std::int64_t call_personality(Process &caller, Call call);

    // ---- calls/limits.cpp
    std::int64_t call_getrlimit(Process &caller, Call call);
    std::int64_t call_setrlimit(Process &caller, Call call);
    std::int64_t call_prlimit(Process &caller, Call call);
    std::int64_t call_getpriority(Process &caller, Call call);
    std::int64_t call_setpriority(Process &caller, Call call);
    Status change_limit(Process &caller, Process &target, std::uint64_t which, std::uint64_t new_address,
                        std::uint64_t old_address);
    Process *priority_target(Process &caller, std::uint64_t which, std::uint64_t who);

    // ---- calls/system.cpp
    std::int64_t call_uname(Process &caller, Call call);
    std::int64_t call_sysinfo(Process &caller, Call call);
    std::int64_t call_sethostname(Process &caller, Call call);
    std::int64_t call_getrandom(Process &caller, Call call);
    std::int64_t call_counters(Process &caller, Call call);
    std::int64_t call_reboot(Process &caller, Call call);
    sef::Task sysinfo_task(Endpoint endpoint, std::uint64_t address);
    sef::Task shutdown_task(Endpoint endpoint, ShutdownHow how);

    // ---- calls/syslog.cpp
    std::int64_t call_syslog(Process &caller, Call call);
    std::int64_t copy_log(const Process &caller, std::uint64_t to, std::uint64_t room);

    // ---- calls/futex.cpp
    std::int64_t call_futex(Process &caller, Call call);
    std::int64_t futex_wait(Process &caller, Call call);
    std::int64_t futex_wake(Process &caller, std::uint64_t address, std::uint64_t limit);

    // ---- dispatch.cpp
    std::int64_t wait_for_answer(Process &caller, Waiting waiting);
    void answer(Process &process, std::int64_t value);
    void answer(Endpoint process, std::int64_t value);
    sef::Task retry_when_present(sef::UserCall call);
    void look_after(Endpoint process);

    // ---- user_memory.cpp
    struct MissingRange {
        std::uint64_t address = 0, bytes = 0;
        bool write = false;
    };
    Status from_user(const Process &process, std::uint64_t address, void *to, std::size_t bytes);
    Status to_user(const Process &process, std::uint64_t address, const void *from, std::size_t bytes);
    template <typename T>
    Result<T> get(const Process &process, std::uint64_t address) {
        T value{};
        TRY(from_user(process, address, &value, sizeof value));
        return value;
    }
    template <typename T>
    Status put(const Process &process, std::uint64_t address, const T &value) {
        return to_user(process, address, &value, sizeof value);
    }
    sef::Async<Status> bring_in(Endpoint process, MissingRange range);

    // ---- services.cpp
    Result<Process *> new_user_process();
    Status register_boot_processes();
    Process *registered(Endpoint service);
    Usage usage_of(const Process &process) const;

    State &state_;
    ProcessTable &processes_;
    sef::Timer clock_;
    Process *current_ = nullptr;   // whose call is being handled right now
    bool attention_ = false;       // a signal for it waits for the end of that call
    MissingRange missing_;         // of the last `absent`
    std::uint64_t features_ = 0;   // XCR0, 0 without XSAVE
    std::size_t fpu_bytes_ = 512;  // of an image of the extended state
};

}  // namespace axo::pm
