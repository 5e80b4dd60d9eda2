// A Linux call that VFS works on: one per thread that waits here, so one process may have several. What
// it is about (process, identity, open file) is taken when it is dispatched and stays the same however
// often it is issued again: another thread may close, change directory or change its identity meanwhile.
#pragma once

#include "lib/sef/sef.hpp"
#include "servers/vfs/process/process.hpp"

namespace axo::vfs {

/// User memory a call met that has to be brought in before it is issued again.
struct AbsentRange {
    VirtAddr address{};
    std::uint64_t bytes = 0;
    bool write = false;
};

class CallTable;
struct PollCall;

struct Call : WaitLink, CallLink {
    explicit Call(CallTable &owner) : table(&owner) {}

    CallTable *table;
    std::uint32_t references = 0;
    // process_node: in process->calls until it is over, which counts as a reference; or in the spare list.
    sef::UserCall user;  // owes nothing in a call of VFS itself
    Ref<Process> process;
    Ref<Identity> identity;
    Ref<OpenFile> file;  // that its descriptor named

    WaitKind waiting = WaitKind::none;
    bool cancelled = false;      // a signal came while a coroutine works on it
    std::uint64_t progress = 0;  // bytes a blocked write has already moved
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

    void unreferenced();
};

/// All calls under way. Those that are over are kept for the next, up to a bound.
class CallTable {
public:
    CallTable() = default;
    CallTable(const CallTable &) = delete;
    CallTable &operator=(const CallTable &) = delete;

    /// A call of VFS itself as this process: it lives as long as somebody refers to it. Errors: no_memory.
    Result<Ref<Call>> make(Process &process);
    /// Takes `user` over. The call lives until end(), and as long as somebody refers to it. Null: no memory,
    /// and nothing was taken.
    Call *begin(Process &process, sef::UserCall &user);
    /// The call was answered or will never be. Ending twice does nothing.
    void end(Call &call);

private:
    friend struct Call;
    static constexpr std::uint32_t spare_max = 64;

    Call *take();
    void give_back(Call &call);

    CallsOfProcess spare_;
    std::uint32_t spares_ = 0;
};

}  // namespace axo::vfs
