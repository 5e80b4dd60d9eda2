// Records of processes and the references they hold on spaces.
#include "servers/vm/space/process_table.hpp"

#include "axo/vm_protocol.hpp"
#include "lib/base/owned.hpp"

namespace axo::vm {

namespace {

template <typename... R>
constexpr std::uint64_t calls() {
    return ((1ull << (R::number - base)) | ...);
}

constexpr std::uint64_t basic = calls<ArenaShare, Grow, RegionAllocate, RegionFree, MapPhysical, Counters, MemoryUse>();

}  // namespace

std::uint64_t default_calls(Endpoint process) {
    if (process == endpoint::pm) return basic | calls<Fork, Exit, ExecSwitch, ExecCancel, MakePresent, SetClock>();
    if (process == endpoint::vfs) return basic | calls<MakePresent, ExecBuild, ExecCancel, FileChanged, FileRemoved>();
    if (process == endpoint::rs) return basic | calls<Spawn, SetMask, RsUpdate, ArenaDigest, ReleaseDma, MakePresent>();
    return basic;
}

Result<Space *> ProcessTable::create_space(For who) {
    Space *space = TRY(create<Space>(memory_.heap, memory_, who));
    ++spaces_;
    return space;
}

void ProcessTable::destroy_space(Space *space) {
    if (space == nullptr) return;
    --spaces_;
    destroy(memory_.heap, space);
}

Result<ProcessRecord *> ProcessTable::add(Endpoint process) {
    if (!process.is_process() || process.slot() >= max_processes) return Error::invalid;
    ProcessRecord &record = records()[process.slot()];
    if (record.used && record.endpoint == process) return &record;
    if (record.used) remove(record);
    record = {.endpoint = process,
              .used = true,
              .dying = false,
              .space = nullptr,
              .prepared = nullptr,
              .calls = 0,
              .update_peer = endpoint::none};
    return &record;
}

void ProcessTable::leave(ProcessRecord &record, Space &space) {
    if (--space.users == 0) {
        destroy_space(&space);
        return;
    }
    if (space.owner != record.endpoint) return;
    for_each([&](const ProcessRecord &other) {
        if (&other != &record && other.space == &space) space.owner = other.endpoint;
    });
}

void ProcessTable::set_space(ProcessRecord &record, Space *space) {
    Space *old = record.space;
    record.space = space;
    if (old != nullptr) leave(record, *old);
}

void ProcessTable::drop_prepared(ProcessRecord &record) {
    destroy_space(record.prepared);
    record.prepared = nullptr;
}

void ProcessTable::remove(ProcessRecord &record) {
    drop_prepared(record);
    if (record.space != nullptr) memory_.tables.destroy(record.endpoint);
    set_space(record, nullptr);
    record.used = false;
}

}  // namespace axo::vm
