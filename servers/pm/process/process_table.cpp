// Pids are given out in ascending order; one in use as pid, group or session is skipped, so that a group or session
// whose leader has gone is never joined by a stranger.
#include "servers/pm/process/process_table.hpp"

#include "lib/base/owned.hpp"

namespace axo::pm {

bool ProcessTable::taken(std::uint32_t pid) {
    if (find_pid(pid) != nullptr) return true;
    for (const Process &process : all_)
        if (process.group == pid || process.session == pid) return true;
    return false;
}

Result<Process *> ProcessTable::create() {
    for (std::uint32_t tries = first_pid; tries <= last_pid; ++tries) {
        last_given_ = last_given_ >= last_pid ? first_pid : last_given_ + 1;
        if (!taken(last_given_)) return insert(last_given_);
    }
    return Error::again;
}

Result<Process *> ProcessTable::create(std::uint32_t pid) {
    if (find_pid(pid) != nullptr) return Error::exists;
    return insert(pid);
}

Result<Process *> ProcessTable::insert(std::uint32_t pid) {
    Process *process = TRY(axo::create<Process>(*heap_, *heap_));
    process->pid = pid;
    process->interval_timer.kind = TimerKind::interval;
    process->wait_timer.kind = TimerKind::wait;
    process->interval_timer.pid = process->wait_timer.pid = pid;
    process->next_by_pid = by_pid_[pid % buckets];
    by_pid_[pid % buckets] = process;
    all_.push_back(*process);
    ++count_;
    return process;
}

void ProcessTable::destroy(Process &process) {
    Process **link = &by_pid_[process.pid % buckets];
    while (*link != &process) link = &(*link)->next_by_pid;
    *link = process.next_by_pid;
    unbind(process);
    --count_;
    axo::destroy(*heap_, &process);
}

void ProcessTable::bind(Process &process, Endpoint endpoint) {
    process.endpoint = endpoint;
    by_slot_[endpoint.slot() % max_processes] = &process;
}

void ProcessTable::unbind(Process &process) {
    if (!process.endpoint.is_process()) return;
    Process *&entry = by_slot_[process.endpoint.slot() % max_processes];
    if (entry == &process) entry = nullptr;
    process.endpoint = endpoint::none;
}

Process *ProcessTable::find_pid(std::uint32_t pid) {
    Process *process = by_pid_[pid % buckets];
    while (process != nullptr && process->pid != pid) process = process->next_by_pid;
    return process;
}

bool ProcessTable::group_exists(std::uint32_t group) {
    for (const Process &process : all_)
        if (process.group == group && process.life != Life::zombie) return true;
    return false;
}

void ProcessTable::adopt(Process &parent, Process &child) {
    child.sibling.unlink();
    child.parent = &parent;
    parent.children.push_back(child);
}

}  // namespace axo::pm
