// A Linux call that VFS works on: one per thread that waits here, so one process may have several. What
// it is about (process, identity, open file) is taken when it is dispatched and stays the same however
// often it is issued again: another thread may close, change directory or change its identity meanwhile.
#pragma once

#include "lib/sef/sef.hpp"
#include "servers/vfs/process/io_list.hpp"
#include "servers/vfs/process/process.hpp"

namespace axo::vfs {

/// User memory a call met that has to be brought in before it is issued again.
struct AbsentRange {
    VirtAddr address{};
    std::uint64_t bytes = 0;
    bool write = false;
};

struct PollCall;

struct Call : WaitLink, CallLink {
    explicit Call(Process &of) : process(&of) {}

    // process_node: in process->calls while it waits or a coroutine works on it.
    std::uint32_t references = 0;
    bool live = false;       // begun and not over, which counts as a reference
    sef::UserCall user;      // owes nothing in a call of VFS itself
    Process *const process;  // counted while anybody refers to the call
    Ref<Identity> identity;
    Ref<OpenFile> file;  // that its descriptor named
    IoList io;           // of a read or write

    WaitKind waiting = WaitKind::none;
    bool cancelled = false;                        // a signal came while a coroutine works on it
    std::uint64_t progress = 0;                    // bytes a blocked write has already moved
    const DescriptorTable *lock_holder = nullptr;  // in whose range lock's way it waits; only ever compared
    AbsentRange absent;
    // A driver request that a signal cancels.
    Endpoint driver = endpoint::none;
    std::uint64_t driver_tag = 0;
    PollCall *poll = nullptr;

    unsigned number() const { return user.number(); }
    std::uint64_t argument(unsigned index) const { return user.argument(index); }
    VirtAddr address(unsigned index) const { return user.address(index); }

    Endpoint endpoint() const { return process->endpoint; }
    const Credentials &credentials() const { return identity->credentials; }
    /// Null once the process exited: a coroutine looks at exited() after each await.
    DescriptorTable *descriptors() const { return process->descriptors.get(); }
    FileContext &files() const { return *process->files; }
    bool exited() const { return process->exited; }

    void unreferenced() {
        if (file) file.reset();
        io.clear();
        cancelled = false;
        progress = 0;
        lock_holder = nullptr;
        keep_or_destroy();
    }

private:
    /// The process keeps one for its next call.
    void keep_or_destroy() {
        Process &owner = *process;
        if (owner.spare == nullptr && !owner.exited && owner.references > 1) [[likely]] {
            owner.spare = this;
            --owner.references;
        } else {
            destroy();
        }
    }
    void destroy();
};

/// A record for `process`, not begun. Null: no memory.
Call *new_call(Process &process);

/// A call of VFS itself as this process: it lives as long as somebody refers to it. Errors: no_memory.
Result<Ref<Call>> make_call(Process &process);

/// Takes `user` over. The call lives until end_call(), and as long as somebody refers to it. Null: no memory, and
/// nothing was taken.
inline Call *begin_call(Process &process, sef::UserCall &user) {
    Call *call = std::exchange(process.spare, nullptr);
    if (call == nullptr) [[unlikely]]
        call = new_call(process);
    if (call == nullptr) [[unlikely]]
        return nullptr;
    ++process.references;
    if (call->identity != process.identity) [[unlikely]]
        call->identity = process.identity;
    call->user = std::move(user);
    call->live = true;
    ++call->references;
    return call;
}

/// The call was answered or will never be. Ending twice does nothing.
inline void end_call(Call &call) {
    if (!std::exchange(call.live, false)) return;
    if (call.process_node.linked()) [[unlikely]] {
        call.process_node.unlink();
        call.node.unlink();
    }
    call.waiting = WaitKind::none;
    call.user.abandon();
    if (--call.references == 0) call.unreferenced();
}

}  // namespace axo::vfs
