// See process.hpp.
#include "servers/vfs/process/process.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {

void Session::unreferenced() { destroy(arena_heap(), this); }
void FileContext::unreferenced() { destroy(arena_heap(), this); }
void ProgramFile::unreferenced() { destroy(arena_heap(), this); }
void Process::unreferenced() { destroy(arena_heap(), this); }

Result<Ref<Process>> ProcessTable::add(Endpoint endpoint, std::uint32_t pid) {
    if (endpoint.slot() >= slots_.size()) return Error::invalid;
    Ref<Process> &slot = slots_[endpoint.slot()];
    if (slot) remove(*slot);
    Process *process = TRY(create<Process>(arena_heap(), endpoint, pid));
    slot = Ref<Process>(process);
    ++count_;
    return slot;
}

void ProcessTable::remove(Process &process) {
    Ref<Process> &slot = slots_[process.endpoint.slot()];
    if (slot.get() != &process) return;
    process.exited = true;
    process.node.unlink();
    process.call.abandon();
    --count_;
    slot.reset();
}

}  // namespace axo::vfs
