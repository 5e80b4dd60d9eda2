// See process.hpp.
#include "servers/vfs/process/process.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {

void Session::unreferenced() { destroy(arena_heap(), this); }
void FileContext::unreferenced() { destroy(arena_heap(), this); }
void ProgramFile::unreferenced() { destroy(arena_heap(), this); }

void Identity::unreferenced() { destroy(arena_heap(), this); }

Result<Ref<Identity>> make_identity(const Credentials &credentials) {
    Identity *made = TRY(create<Identity>(arena_heap(), credentials));
    return Ref<Identity>(made);
}

Result<Ref<Identity>> ProcessTable::root_identity() {
    if (!root_) root_ = TRY(make_identity(Credentials{}));
    return root_;
}

Result<Ref<Process>> ProcessTable::add(Endpoint endpoint, std::uint32_t pid) {
    if (endpoint.slot() >= slots_.size() || occupant(endpoint) != nullptr) return Error::invalid;
    Ref<Identity> root = TRY(root_identity());
    Process *process = TRY(create<Process>(arena_heap(), endpoint, pid));
    process->identity = std::move(root);
    Ref<Process> &slot = slots_[endpoint.slot()];
    slot = Ref<Process>(process);
    ++count_;
    return slot;
}

void ProcessTable::remove(Process &process) {
    Ref<Process> &slot = slots_[process.endpoint.slot()];
    if (slot.get() != &process) return;
    process.exited = true;
    --count_;
    slot.reset();
}

}  // namespace axo::vfs
