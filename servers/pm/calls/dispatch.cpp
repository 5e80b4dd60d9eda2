// From a Linux call number to its handler, and the end of every call.
#include <array>

#include "lib/sys/ipc.hpp"
#include "servers/pm/calls/call_numbers.hpp"
#include "servers/pm/routes.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

struct CallTable {
    struct Entry {
        std::uint16_t number;
        Server::Handler handler;
    };

    static constexpr auto entries = std::to_array<Entry>({
        {number::rt_sigaction, &Server::call_sigaction},
        {number::rt_sigprocmask, &Server::call_sigprocmask},
        {number::rt_sigreturn, &Server::call_sigreturn},
        {number::sched_yield, &Server::call_sched_yield},
        {number::pause, &Server::call_pause},
        {number::nanosleep, &Server::call_nanosleep},
        {number::getitimer, &Server::call_getitimer},
        {number::alarm, &Server::call_alarm},
        {number::setitimer, &Server::call_setitimer},
        {number::getpid, &Server::call_getpid},
        {number::clone, &Server::call_clone},
        {number::fork, &Server::call_fork},
        {number::vfork, &Server::call_vfork},
        {number::exit, &Server::call_exit},
        {number::wait4, &Server::call_wait4},
        {number::kill, &Server::call_kill},
        {number::uname, &Server::call_uname},
        {number::gettimeofday, &Server::call_gettimeofday},
        {number::getrlimit, &Server::call_getrlimit},
        {number::getrusage, &Server::call_getrusage},
        {number::sysinfo, &Server::call_sysinfo},
        {number::times, &Server::call_times},
        {number::getuid, &Server::call_getuid},
        {number::syslog, &Server::call_syslog},
        {number::getgid, &Server::call_getgid},
        {number::setuid, &Server::call_setuid},
        {number::setgid, &Server::call_setgid},
        {number::geteuid, &Server::call_geteuid},
        {number::getegid, &Server::call_getegid},
        {number::setpgid, &Server::call_setpgid},
        {number::getppid, &Server::call_getppid},
        {number::getpgrp, &Server::call_getpgrp},
        {number::setsid, &Server::call_setsid},
        {number::setreuid, &Server::call_setreuid},
        {number::setregid, &Server::call_setregid},
        {number::getgroups, &Server::call_getgroups},
        {number::setgroups, &Server::call_setgroups},
        {number::setresuid, &Server::call_setresuid},
        {number::getresuid, &Server::call_getresuid},
        {number::setresgid, &Server::call_setresgid},
        {number::getresgid, &Server::call_getresgid},
        {number::getpgid, &Server::call_getpgid},
        {number::setfsuid, &Server::call_setfsuid},
        {number::setfsgid, &Server::call_setfsgid},
        {number::getsid, &Server::call_getsid},
        {number::rt_sigpending, &Server::call_sigpending},
        {number::rt_sigtimedwait, &Server::call_sigtimedwait},
        {number::rt_sigqueueinfo, &Server::call_sigqueueinfo},
        {number::rt_sigsuspend, &Server::call_sigsuspend},
        {number::sigaltstack, &Server::call_sigaltstack},
        {number::personality, &Server::call_personality},
        {number::getpriority, &Server::call_getpriority},
        {number::setpriority, &Server::call_setpriority},
        {number::prctl, &Server::call_prctl},
        {number::arch_prctl, &Server::call_arch_prctl},
        {number::setrlimit, &Server::call_setrlimit},
        {number::settimeofday, &Server::call_settimeofday},
        {number::reboot, &Server::call_reboot},
        {number::sethostname, &Server::call_sethostname},
        {number::gettid, &Server::call_getpid},
        {number::tkill, &Server::call_tkill},
        {number::time, &Server::call_time},
        {number::futex, &Server::call_futex},
        {number::sched_getaffinity, &Server::call_sched_getaffinity},
        {number::set_tid_address, &Server::call_set_tid_address},
        {number::clock_settime, &Server::call_clock_settime},
        {number::clock_gettime, &Server::call_clock_gettime},
        {number::clock_getres, &Server::call_clock_getres},
        {number::clock_nanosleep, &Server::call_clock_nanosleep},
        {number::exit_group, &Server::call_exit},
        {number::tgkill, &Server::call_tgkill},
        {number::waitid, &Server::call_waitid},
        {number::set_robust_list, &Server::call_set_robust_list},
        {number::prlimit64, &Server::call_prlimit},
        {number::getcpu, &Server::call_getcpu},
        {number::getrandom, &Server::call_getrandom},
        {number::counters, &Server::call_counters},
    });
};

namespace {

consteval auto index_by_number() {
    std::array<Server::Handler, call_numbers> table{};
    for (const CallTable::Entry &entry : CallTable::entries) table[entry.number] = entry.handler;
    return table;
}

constexpr std::array<Server::Handler, call_numbers> handlers = index_by_number();

}  // namespace

void Server::user_call(sef::UserCall call) {
    const Handler handler = call.number() < call_numbers ? handlers[call.number()] : nullptr;
    Process *caller = processes_.find(call.process());
    if (handler == nullptr || caller == nullptr || !caller->alive()) [[unlikely]] {
        if (handler == nullptr)
            call.fail(Error::no_syscall);
        else
            call.abandon();  // it is on its way out
        return;
    }
    caller->call.tag = call.tag();
    caller->call.number = static_cast<std::uint16_t>(call.number());
    current_ = caller;
    const std::int64_t value = (this->*handler)(*caller, call);
    current_ = nullptr;
    if (value == to_wire(Error::absent)) [[unlikely]] {
        retry_when_present(std::move(call));
        return;
    }
    const Endpoint process = call.process();
    if (value == later || (attention_ && answer_with_handler(process, value)))
        call.abandon();
    else
        call.answer(value);
    if (attention_) [[unlikely]]
        look_after(process);
}

/// A signal came for the caller while its own call was handled.
void Server::look_after(Endpoint process) {
    attention_ = false;
    Process *caller = processes_.find(process);
    if (caller == nullptr || !caller->attention || caller->call.waiting == Waiting::busy) return;
    caller->attention = false;
    deliver(*caller);
}

sef::Task Server::retry_when_present(sef::UserCall call) {
    const Endpoint process = call.process();
    if (Process *caller = processes_.find(process)) caller->call.waiting = Waiting::busy;
    auto present = bring_in(process, missing_);
    const Status brought = co_await present;
    Process *caller = processes_.find(process);
    if (caller == nullptr || !caller->alive()) {
        call.abandon();
        co_return;
    }
    caller->call.waiting = Waiting::nothing;
    if (brought) {
        attention_ = caller->attention;  // by a signal that came meanwhile: it is held for it
        user_call(std::move(call));
    } else {
        call.abandon();
        answer(*caller, to_wire(brought.error()));
    }
}

/// For handlers that answer later.
std::int64_t Server::wait_for_answer(Process &caller, Waiting waiting) {
    caller.call.waiting = waiting;
    return later;
}

void Server::answer(Process &process, std::int64_t value) {
    process.call.waiting = Waiting::nothing;
    sys::reply(process.endpoint, encode_error(process.call.number, process.call.tag, value));
    if (!process.attention) return;
    process.attention = false;
    deliver(process);
}

void Server::answer(Endpoint process, std::int64_t value) {
    Process *found = processes_.find(process);
    if (found != nullptr && found->alive()) answer(*found, value);
}

}  // namespace axo::pm
