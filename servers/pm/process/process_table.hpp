// All processes PM knows: by endpoint while the kernel's slot lives, by pid until the parent has waited.
#pragma once

#include "lib/base/heap.hpp"
#include "servers/pm/process/process.hpp"

namespace axo::pm {

class ProcessTable {
public:
    using List = IntrusiveList<Process, &Process::in_table>;

    static constexpr std::uint32_t first_pid = 2, last_pid = 32767;
    /// So many processes cannot be forked by programs, since services are made as processes too; as many more not by
    /// who is not root, who then has something to work with.
    static constexpr std::uint32_t kept_for_services = 32, kept_for_root = 32;

    explicit ProcessTable(Heap &heap) : heap_(&heap) {}
    ProcessTable(const ProcessTable &) = delete;
    ProcessTable &operator=(const ProcessTable &) = delete;

    /// A record with a fresh pid, without endpoint and parent. Errors: again (no pid), no_memory.
    Result<Process *> create();
    /// The same with a given pid. Errors: exists, no_memory.
    Result<Process *> create(std::uint32_t pid);
    /// Forgets a record: it has no children and no endpoint any more.
    void destroy(Process &process);

    /// Ties the record to a kernel slot, or unties it.
    void bind(Process &process, Endpoint endpoint);
    void unbind(Process &process);

    /// Null: stale, unknown, or no process.
    Process *find(Endpoint endpoint) {
        Process *process = by_slot_[endpoint.slot() % max_processes];
        return process != nullptr && process->endpoint == endpoint ? process : nullptr;
    }
    Process *find_pid(std::uint32_t pid);
    bool group_exists(std::uint32_t group);

    /// May a program with these rights fork?
    bool has_room(const Credentials &who) const {
        return count_ < max_processes - kept_for_services - (who.is_root() ? 0 : kept_for_root);
    }

    static void adopt(Process &parent, Process &child);

    List &all() { return all_; }
    std::uint32_t count() const { return count_; }
    std::uint32_t last_given() const { return last_given_; }

private:
    static constexpr std::uint32_t buckets = 256;

    bool taken(std::uint32_t pid);
    Result<Process *> insert(std::uint32_t pid);

    Heap *heap_;
    List all_;
    Process *by_slot_[max_processes] = {};
    Process *by_pid_[buckets] = {};
    std::uint32_t last_given_ = first_pid - 1;
    std::uint32_t count_ = 0;
};

}  // namespace axo::pm
