// See call.hpp. A process keeps one call that is over for its next: nearly every call of a process with one thread is
// made without an allocation, and finds process and identity in place.
#include "servers/vfs/process/call.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {

Call *new_call(Process &process) {
    const Result<Call *> made = create<Call>(arena_heap(), process);
    return made ? *made : nullptr;
}

void Call::destroy() {
    Process &owner = *process;
    axo::destroy(arena_heap(), this);
    if (--owner.references == 0) owner.unreferenced();
}

void Process::unreferenced() {
    if (spare != nullptr) axo::destroy(arena_heap(), spare);
    destroy(arena_heap(), this);
}

Result<Ref<Call>> make_call(Process &process) {
    Call *call = std::exchange(process.spare, nullptr);
    if (call == nullptr) call = new_call(process);
    if (call == nullptr) return Error::no_memory;
    ++process.references;
    if (call->identity != process.identity) call->identity = process.identity;
    return Ref<Call>(call);
}

}  // namespace axo::vfs
