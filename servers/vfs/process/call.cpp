// See call.hpp. A process keeps one call that is over for its next: nearly every call of a process with one thread is
// made without an allocation, and finds process and identity in place.
#include "servers/vfs/process/call.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {
namespace {

/// With process and identity, and nothing else. Null: no memory.
Call *take(Process &process) {
    Call *call = std::exchange(process.spare, nullptr);
    if (call == nullptr) [[unlikely]] {
        const Result<Call *> made = create<Call>(arena_heap(), process);
        if (!made) return nullptr;
        call = *made;
    }
    ++process.references;
    if (call->identity != process.identity) call->identity = process.identity;
    call->cancelled = false;
    call->progress = 0;
    return call;
}

}  // namespace

void Call::unreferenced() {
    Process &owner = *process;
    if (file) file.reset();
    if (owner.spare == nullptr && !owner.exited) [[likely]]
        owner.spare = this;
    else
        destroy(arena_heap(), this);
    if (--owner.references == 0) owner.unreferenced();
}

void Process::unreferenced() {
    if (spare != nullptr) destroy(arena_heap(), spare);
    destroy(arena_heap(), this);
}

Result<Ref<Call>> make_call(Process &process) {
    Call *call = take(process);
    if (call == nullptr) return Error::no_memory;
    return Ref<Call>(call);
}

Call *begin_call(Process &process, sef::UserCall &user) {
    Call *call = take(process);
    if (call == nullptr) return nullptr;
    call->user = std::move(user);
    call->live = true;
    ++call->references;
    return call;
}

void end_call(Call &call) {
    if (!std::exchange(call.live, false)) return;
    if (call.process_node.linked()) {
        call.process_node.unlink();
        call.node.unlink();
    }
    call.waiting = WaitKind::none;
    call.user.abandon();
    if (--call.references == 0) call.unreferenced();
}

}  // namespace axo::vfs
