// The service: its state, the way of a Linux call from arrival to answer, and the requests of other
// servers. The calls themselves are in calls/, reached by the table in calls/dispatch.cpp.
#pragma once

#include "axo/device_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/vfs/calls/outcome.hpp"
#include "servers/vfs/device/device_map.hpp"
#include "servers/vfs/file/poll_call.hpp"
#include "servers/vfs/file/vnode_table.hpp"
#include "servers/vfs/mount/file_system_kinds.hpp"
#include "servers/vfs/mount/mount.hpp"
#include "servers/vfs/path/path_pool.hpp"
#include "servers/vfs/process/call.hpp"

namespace axo::vfs {

/// Everything VFS remembers between two messages.
struct State {
    ProcessTable processes;
    VnodeTable vnodes;
    FileSystemTable file_systems;
    MountTable mounts;
    FileSystemKinds kinds;
    FileTable files;
    DeviceMap devices;
    DeviceTable open_devices;
    PathPool paths;
    Ref<Process> system;  // root's view, for requests of other servers
    CallWaitList ready;   // calls that are to be issued again
    CallWaitList lock_waiters;
    PairingHeap<PollCall, &PollCall::deadline_node> deadlines;  // of poll calls
    bool root_ready = false;                                    // everything of boot is mounted
    std::uint32_t pipes = 0;
    std::uint32_t running = 0;  // coroutines at work on calls and requests
    std::uint64_t renames_begun = 0, renames_answered = 0;
};

/// Requests that VFS answers: its own protocol, and readiness reports of drivers.
template <typename A, typename B>
struct Joined;
template <Request... A, Request... B>
struct Joined<Protocol<A...>, Protocol<B...>> {
    using type = Protocol<A..., B...>;
};

/// What the arguments of calls that wait say is theirs.
inline constexpr sef::Options options{.update = sef::ready_when::always, .keeps_user_words = true};

class Vfs {
public:
    using State = vfs::State;
    using Requests = Joined<vfs::Requests, Protocol<device::PollReady>>::type;

    explicit Vfs(State &own_state);

    Status init(const sef::Init &init);
    void activated();

    void user_call(sef::UserCall call);
    void on_notification(Endpoint source, std::uint64_t bits);
    void on_peer_died(Endpoint peer, int reason);
    /// While an update is approached: what somebody asks in the course of a request of ours (requests/update.cpp).
    static bool must_serve(const Message &message);

    // From PM (requests/pm.cpp).
    void on(Endpoint caller, const Fork &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Exit &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const SetIds &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const SetGroups &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const NewSession &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const SetGroup &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Cancel &request, sef::ReplyTo<Nothing> reply);
    sef::Task on(Endpoint caller, Shutdown request, sef::ReplyTo<Nothing> reply);
    sef::Task on(Endpoint caller, ExecFirst request, sef::ReplyTo<Nothing> reply);
    // From RS (requests/rs.cpp).
    void on(Endpoint caller, const MapDriver &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const ServiceDied &request, sef::ReplyTo<Nothing> reply);
    sef::Task on(Endpoint caller, ReadFile request, sef::ReplyTo<ReadFile::Reply> reply);
    // From VM (requests/vm.cpp).
    void on(Endpoint caller, const MapFile &request, sef::ReplyTo<MapFile::Reply> reply);
    sef::Task on(Endpoint caller, PageIn request, sef::ReplyTo<PageIn::Reply> reply);
    void on(Endpoint caller, const ReleaseFile &request, sef::ReplyTo<Nothing> reply);
    // From procfs (requests/procfs.cpp).
    sef::Task on(Endpoint caller, DescribeProcess request, sef::ReplyTo<DescribeProcess::Reply> reply);
    void on(Endpoint caller, const TerminalOf &request, sef::ReplyTo<TerminalOf::Reply> reply);
    sef::Task on(Endpoint caller, DescribeMounts request, sef::ReplyTo<DescribeMounts::Reply> reply);
    // From anybody.
    void on(Endpoint caller, const Counters &request, sef::ReplyTo<Counters::Reply> reply);
    void on(Endpoint caller, const device::PollReady &request, sef::ReplyTo<Nothing> reply);

    /// Issues the call; answers it unless it goes on.
    void dispatch(Call &call);
    /// Ends the call with `outcome`; `absent` brings the memory in and issues it again.
    void settle(Call &call, Outcome outcome);
    /// Lets a coroutine work on the call and answers with its result.
    Outcome drive(Call &call, sef::Async<Outcome> work);

    /// A coroutine of its own works on the call, and ends it.
    void begin_work(Call &call);
    void finish_work(Call &call, const Outcome &outcome);

    /// Puts the call on `list`; it is issued again when the list is woken.
    Outcome wait_on(Call &call, WaitKind kind, CallWaitList &list);
    /// All, or one, of the list are issued again before the next message is received.
    void wake_all(CallWaitList &list);
    void wake_one(CallWaitList &list);
    /// Something that is watched changed: every call that waits looks again.
    void changed(Watch &watch);
    /// A poll call looks again, if it waits.
    void look_again(Call &call);
    /// The poll call waits until look_again, or its deadline.
    Outcome wait_for_change(Call &call);

    /// Ends whatever the call waits for; it gets no answer.
    void abandon(Call &call);
    /// The call is over: it was answered, or will never be. Ending twice does nothing.
    void end(Call &call);

    State &state;
    sef::Event root_mounted;

private:
    void settle_otherwise(Call &call, Error error);
    void end_poll(Call &call);
    sef::Task retry(Ref<Call> call);
    void issue_later(Call &call);
    void issue_woken();
    void end_deadlines();

    sef::Waiter woken_;  // issue_woken() goes on behind whatever woke the calls
    sef::Timer alarm_;   // of the first deadline
};

/// The one service object, for records that must act when their last reference goes.
Vfs &service();

/// The file of the call's descriptor: looked up when the call is first issued, and the same from then on.
/// Errors: bad_descriptor.
Result<OpenFile *> file_of(Call &call, std::uint64_t descriptor);

}  // namespace axo::vfs
