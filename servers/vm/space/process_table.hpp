// Which process lives in which space, and what it may ask of VM.
#pragma once

#include "servers/vm/space/space.hpp"

namespace axo::vm {

struct ProcessRecord {
    Endpoint endpoint;
    bool used;
    bool dying;            // killed for want of memory, its exit is on the way
    Space *space;          // null: a process without memory yet
    Space *prepared;       // by ExecBuild, for ExecSwitch
    std::uint64_t calls;   // bit n: may call vm::base + n
    Endpoint update_peer;  // with whom it changed places in a live update that can still be taken back, or none
};

class ProcessTable {
public:
    /// Bytes of zeroed memory that `attach` wants.
    static constexpr std::size_t table_bytes = sizeof(ProcessRecord) * max_processes;

    explicit ProcessTable(Memory &memory) : memory_(memory) {}
    void attach(const sys::Region &table) { table_ = table; }

    /// The record of a living process, or null.
    ProcessRecord *find(Endpoint process) {
        if (process.slot() >= max_processes || !process.is_process()) return nullptr;
        ProcessRecord &record = records()[process.slot()];
        return record.used && record.endpoint == process ? &record : nullptr;
    }
    Space *space_of(Endpoint process) {
        const ProcessRecord *record = find(process);
        return record != nullptr ? record->space : nullptr;
    }
    /// Finds or makes the record; what an earlier tenant of the slot left is given back. Errors: invalid.
    Result<ProcessRecord *> add(Endpoint process);
    /// Ends the record and what only it used.
    void remove(ProcessRecord &record);
    /// The process uses another space from now on (or none): drops its reference on the old one. The kernel's page
    /// table of the process has been taken away or replaced already, or is about to be.
    void set_space(ProcessRecord &record, Space *space);
    void drop_prepared(ProcessRecord &record);

    /// visit(record) for all.
    template <typename Visit>
    void for_each(Visit visit) {
        ProcessRecord *const all = records();
        for (std::size_t slot = 0; slot < max_processes; ++slot)
            if (all[slot].used) visit(all[slot]);
    }
    std::uint64_t spaces() const { return spaces_; }
    Result<Space *> create_space(For who);
    void destroy_space(Space *space);

private:
    ProcessRecord *records() const { return table_.as<ProcessRecord>(); }
    void leave(ProcessRecord &record, Space &space);

    Memory &memory_;
    sys::Region table_;  // of ProcessRecords, by slot
    std::uint64_t spaces_ = 0;
};

/// What a process may ask until RS says otherwise, by its well-known slot; user processes: nothing.
std::uint64_t default_calls(Endpoint process);

}  // namespace axo::vm
