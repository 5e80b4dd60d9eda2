// Ready queues, quanta and accounts.
#include "kernel/process/scheduler.hpp"

#include "kernel/alarm.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/counters.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/privilege.hpp"

#include <bit>
#include <utility>

namespace axo::kernel {

namespace {

constexpr Nanoseconds default_quantum = milliseconds(20);

enum class End { front, back };

void enqueue(Process &process, End end) {
    Scheduler &scheduler = this_cpu().scheduler;
    const unsigned level = process.effective_priority;
    Process *&head = scheduler.head[level], *&tail = scheduler.tail[level];
    process.queued = true;
    if (end == End::back) {
        process.previous_ready = tail;
        process.next_ready = nullptr;
        (tail != nullptr ? tail->next_ready : head) = &process;
        tail = &process;
    } else {
        process.next_ready = head;
        process.previous_ready = nullptr;
        (head != nullptr ? head->previous_ready : tail) = &process;
        head = &process;
    }
    scheduler.ready_mask |= 1u << level;
    // Without a timer whoever runs could go on for ever: pick_next starts it.
    const bool is_above = scheduler.current == nullptr || level < scheduler.current->effective_priority;
    if (is_above || !scheduler.quantum_timer) scheduler.ask = true;
}

void dequeue(Process &process) {
    Scheduler &scheduler = this_cpu().scheduler;
    const unsigned level = process.effective_priority;
    Process *&head = scheduler.head[level], *&tail = scheduler.tail[level];
    (process.previous_ready != nullptr ? process.previous_ready->next_ready : head) = process.next_ready;
    (process.next_ready != nullptr ? process.next_ready->previous_ready : tail) = process.previous_ready;
    process.next_ready = process.previous_ready = nullptr;
    process.queued = false;
    if (head == nullptr) scheduler.ready_mask &= ~(1u << level);
}

Process &account_of(Process &process) { return process.billed != nullptr ? *process.billed : process; }

bool preemptible(const Process &process) {
    return process.privilege == nullptr || (process.privilege->rights.flags & privilege_flag::preemptible) != 0;
}

/// True when a quantum was used up; the next one then counts, behind the others.
bool begin_turn(Process &account) {
    if (account.quantum_left > 0) return false;
    account.quantum_left = account.quantum;
    account.turn_over = true;
    return true;
}

/// Who has quantum left goes on before its equals: it was preempted, or waited for a server, which must not cost it its
/// turn; else a program that asks servers all the time waits a whole round for every answer.
void enqueue_in_turn(Process &process) {
    static_cast<void>(begin_turn(process));
    enqueue(process, std::exchange(process.turn_over, false) ? End::back : End::front);
}

/// True when the running process keeps the processor; else puts it back on its queue.
bool keep_running(Process &process) {
    Scheduler &scheduler = this_cpu().scheduler;
    const bool used_up = begin_turn(account_of(process));
    if (!preemptible(process)) return true;
    if (scheduler.somebody_above(process.effective_priority)) {
        enqueue_in_turn(process);
        return false;
    }
    if (!used_up || (scheduler.ready_mask & 1u << process.effective_priority) == 0) return true;
    process.turn_over = false;
    enqueue(process, End::back);
    return false;
}

void change_priority(Process &process, unsigned effective) {
    if (process.effective_priority == effective) return;
    const bool queued = process.queued;
    if (queued) dequeue(process);
    process.effective_priority = static_cast<std::uint8_t>(effective);
    if (queued) enqueue(process, End::back);
}

/// The timer need only run while somebody waits for the running process' quantum to end.
void arm_quantum_timer(Process &running) {
    Scheduler &scheduler = this_cpu().scheduler;
    if (scheduler.ready_mask == 0 || scheduler.quantum_timer) return;
    scheduler.quantum_timer = true;
    const std::int64_t left = account_of(running).quantum_left;
    set_quantum_deadline(arch::now() + nanoseconds_from(left > 0 ? static_cast<std::uint64_t>(left) : 0));
}

}  // namespace

Scheduler::Scheduler() : switch_time(arch::timestamp()) {}

std::uint64_t ticks_from(Nanoseconds span) {
    const auto wide = static_cast<unsigned __int128>(span.value) * arch::timestamp_hz();
    const auto ticks = static_cast<std::uint64_t>(wide >> 9) / (1'000'000'000ull >> 9);
    return ticks;
}

Nanoseconds nanoseconds_from(std::uint64_t ticks) {
    const std::uint64_t hz = arch::timestamp_hz();
    return {ticks / hz * 1'000'000'000 + ticks % hz * 1'000'000'000 / hz};
}

std::int64_t default_quantum_ticks() { return static_cast<std::int64_t>(ticks_from(default_quantum)); }

void stop(Process &process, std::uint32_t flags) {
    if (process.queued) dequeue(process);
    process.run_flags |= flags;
}

void release(Process &process, std::uint32_t flags) {
    if (process.runnable()) return;
    process.run_flags &= ~flags;
    if (process.runnable() && &process != this_cpu().scheduler.current) enqueue_in_turn(process);
}

void charge() {
    Scheduler &scheduler = this_cpu().scheduler;
    const std::uint64_t now = arch::timestamp();
    const std::uint64_t spent = now - scheduler.switch_time;
    scheduler.switch_time = now;
    if (scheduler.current == nullptr) {
        this_cpu().counters.idle_ticks += spent;
        return;
    }
    Process &running = *scheduler.current;
    running.user_ticks += spent;
    Process &account = account_of(running);
    if (&account != &running) account.system_ticks += spent;
    account.quantum_left -= static_cast<std::int64_t>(spent);
}

void work_for(Process &server, Process *caller) {
    server.billed = caller == nullptr ? nullptr : caller->billed != nullptr ? caller->billed : caller;
    const unsigned lent = caller == nullptr ? lowest_priority : caller->effective_priority;
    change_priority(server, lent < server.priority ? lent : server.priority);
}

void set_schedule(Process &process, unsigned priority, std::int64_t quantum_ticks) {
    process.priority = static_cast<std::uint8_t>(priority);
    if (quantum_ticks != 0) process.quantum = process.quantum_left = quantum_ticks;
    change_priority(process, priority);
}

Process *pick_next() {
    Scheduler &scheduler = this_cpu().scheduler;
    scheduler.ask = false;
    charge();
    Process *running = scheduler.current;
    if (running != nullptr && running->runnable() && keep_running(*running)) {
        arm_quantum_timer(*running);
        return running;
    }
    scheduler.current = nullptr;
    if (scheduler.ready_mask == 0) return nullptr;
    Process &next = *scheduler.head[std::countr_zero(scheduler.ready_mask)];
    dequeue(next);
    scheduler.current = &next;
    ++this_cpu().counters.context_switches;
    arm_quantum_timer(next);
    return &next;
}

}  // namespace axo::kernel
