// See call.hpp.
#include "servers/vfs/process/call.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {

void Call::unreferenced() {
    process.reset();
    identity.reset();
    file.reset();
    table->give_back(*this);
}

Call *CallTable::take() {
    if (CallLink *spare = spare_.pop_front()) {
        --spares_;
        return static_cast<Call *>(spare);
    }
    const Result<Call *> made = create<Call>(arena_heap(), *this);
    return made ? *made : nullptr;
}

void CallTable::give_back(Call &call) {
    if (spares_ == spare_max) return destroy(arena_heap(), &call);
    ++spares_;
    spare_.push_front(call);
}

Result<Ref<Call>> CallTable::make(Process &process) {
    Call *call = take();
    if (call == nullptr) return Error::no_memory;
    call->process = Ref<Process>(&process);
    call->identity = process.identity;
    call->cancelled = false;
    call->waiting = WaitKind::none;
    call->progress = 0;
    return Ref<Call>(call);
}

Call *CallTable::begin(Process &process, sef::UserCall &user) {
    Call *call = take();
    if (call == nullptr) return nullptr;
    call->user = std::move(user);
    call->process = Ref<Process>(&process);
    call->identity = process.identity;
    call->cancelled = false;
    call->progress = 0;
    ++call->references;
    process.calls.push_back(*call);
    return call;
}

void CallTable::end(Call &call) {
    if (!call.process_node.linked()) return;
    const Ref<Call> last = Ref<Call>::adopt(&call);
    call.process_node.unlink();
    call.node.unlink();
    call.waiting = WaitKind::none;
    call.user.abandon();
    call.file.reset();
}

}  // namespace axo::vfs
