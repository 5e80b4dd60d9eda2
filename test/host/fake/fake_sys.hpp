// The system as a server under test sees it: fakes of lib/sys' two doors into the kernel, with real
// heaps, grants, coroutines and timers behind them. Link fake_sys.cpp instead of trap.cpp, clock.cpp,
// processor.cpp, panic.cpp and start.cpp of lib/sys and memory.cpp of lib/base; all else of lib/base, lib/sys and
// lib/sef is the real code. Tests of pure logic link it too, for the heaps.
//
//   fake::System system;                                        // one per test, on the stack
//   fake::Service<Server> server;                               // or with the State kept by the test
//   auto reply = server.ask(endpoint::vfs, ds::Retrieve{...});  // SENDREC; nullopt: not answered yet
#pragma once

#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/sef/context.hpp"
#include "lib/sef/sef.hpp"
#include "lib/sys/arena.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/processor.hpp"
#include "lib/sys/trap.hpp"
#include "test/host/fake/traffic.hpp"

namespace axo::fake {

struct Sent {
    IpcCall call;
    Endpoint peer;
    Message message;
};

using Arguments = std::array<std::uint64_t, 6>;
using KernelHook = std::function<std::int64_t(const Arguments &, std::uint64_t &second)>;

/// What a process remembers and its memory: its own ProcessContext, arena and scratch heap, of a fixed size.
class Process {
public:
    Process(std::size_t arena_bytes, std::size_t scratch_bytes);
    sef::ProcessContext context;

private:
    std::unique_ptr<std::byte[]> arena_, scratch_;
};

class System {
public:
    /// Fresh arena, scratch heap, clock at 1 s, no hooks, own endpoint `self`.
    explicit System(Endpoint self = Endpoint::make(100, 0), std::size_t arena_bytes = 64 << 20,
                    std::size_t scratch_bytes = 16 << 20);
    ~System();
    System(const System &) = delete;
    System &operator=(const System &) = delete;

    // ---- what the server sent ------------------------------------------------------------------
    /// Everything but kernel calls, in order: sends, notifications, requests, replies.
    std::vector<Sent> sent;
    /// Takes the first reply to `tag` of `peer` out of `sent`.
    std::optional<Message> take_reply(Endpoint peer, std::uint64_t tag);
    /// Takes the first request of this type out of `sent`.
    std::optional<Sent> take_request(std::uint16_t type);
    std::size_t notifications_to(Endpoint peer) const;
    /// Lines given to sys::log.
    std::vector<std::string> log;

    // ---- what peers answer ----------------------------------------------------------------------
    /// Every request of type R that the server sends, blocking or not, gets this answer. An answer to
    /// an asynchronous one is delivered by the next run() of the fake service.
    template <Request R>
    void answer(std::function<Result<typename R::Reply>(Endpoint peer, const R &)> hook) {
        peer_hooks[R::number] = [hook](Endpoint peer, const Message &request) {
            const auto result = hook(peer, decode_request<R>(request));
            return result ? encode_reply(R::number, request.tag, *result)
                          : encode_error(R::number, request.tag, to_wire(result.error()));
        };
    }
    /// Replaces a kernel call. Without hook: the fakes below, and 0 for the rest.
    void on_kernel(KernelCall call, KernelHook hook) { kernel_hooks[call] = std::move(hook); }
    /// From here on nothing is answered inside the send: what is under way moves by Service::step().
    Traffic &answer_late(std::uint64_t seed) { return traffic.emplace(seed); }
    std::optional<Traffic> traffic;
    /// SENDA to this peer fails until allowed again.
    void fail_senda(Endpoint peer, Error error) { senda_errors[peer.value] = error; }
    void allow_senda(Endpoint peer) { senda_errors.erase(peer.value); }

    // ---- memory ---------------------------------------------------------------------------------
    /// Memory that `granter` grants to the server: use the id in requests.
    GrantId grant(Endpoint granter, void *memory, std::size_t bytes,
                  std::uint32_t access = grant_flag::read | grant_flag::write);
    GrantId grant(Endpoint granter, std::string_view text);  // read only, copied
    /// What the server's own grant `id` shows to `grantee`; empty when it does not allow it.
    std::span<std::byte> granted(GrantId id, Endpoint grantee);
    /// Memory of a user process at an address: virtual_copy and magic grants go there. Addresses not
    /// declared give fault; without any declaration an address is a pointer of this program.
    void map_process(Endpoint process, VirtAddr at, std::size_t bytes);
    std::byte *process_memory(Endpoint process, VirtAddr at, std::size_t bytes);  // null: not mapped
    /// A range whose file content is missing: copies give absent until it is removed.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> absent_ranges;  // address, bytes

    // ---- time -----------------------------------------------------------------------------------
    Nanoseconds time{1'000'000'000};
    std::optional<Nanoseconds> alarm;  // absolute
    /// Moves the clock, running every timer that becomes due on the way.
    void advance(Nanoseconds by);

    // ---- the processor --------------------------------------------------------------------------
    std::map<std::uint32_t, sys::CpuidWords> cpuid;  // leaves it has

    // ---- inside ---------------------------------------------------------------------------------
    Endpoint self;
    std::map<std::uint16_t, std::function<Message(Endpoint, const Message &)>> peer_hooks;
    std::map<KernelCall, KernelHook> kernel_hooks;
    std::map<KernelCall, std::size_t> kernel_call_counts;
    std::map<std::uint32_t, Error> senda_errors;
    std::deque<Message> inbox;       // replies waiting to be delivered
    std::deque<Message> receivable;  // what a blocking receive of the server itself finds, in order
    static System &current();
    std::int64_t ipc(IpcCall call, Endpoint peer, Message &message);
    std::int64_t kernel(KernelCall call, const Arguments &arguments, std::uint64_t &second);

private:
    struct Granted {
        void *memory;
        std::size_t bytes;
        std::uint32_t access;
    };
    struct Area {
        Endpoint process;
        std::uint64_t address;
        std::vector<std::byte> bytes;
    };

    std::int64_t set_alarm(std::uint64_t ns, AlarmMode mode);
    std::int64_t safe_copy(Endpoint granter, GrantId grant, std::uint64_t offset, std::uint64_t own,
                           std::uint64_t bytes, bool write);
    std::int64_t vector_copy(std::uint64_t address, std::uint64_t count);
    std::int64_t virtual_copy(Endpoint source, std::uint64_t from, Endpoint destination, std::uint64_t to,
                              std::uint64_t bytes);
    std::int64_t check_range(Endpoint process, std::uint64_t address, std::uint64_t bytes);

    std::map<std::pair<std::uint32_t, std::int32_t>, Granted> granted_;
    std::deque<std::string> texts_;
    std::vector<std::unique_ptr<Area>> areas_;
    std::int32_t next_grant_ = 1 << 16;
    Process process_;
};

/// A whole service in the test: its State, its object, its dispatcher.
template <class S>
class Service {
public:
    Service() : Service(std::make_unique<typename S::State>()) {}
    /// init() and activated() are the test's to call through `service()`.
    explicit Service(std::unique_ptr<typename S::State> state, const sef::Options &options = {})
        : options_(options), state_(std::move(state)), service_(*state_), dispatcher_(service_, options_) {}

    S &service() { return service_; }
    typename S::State &state() { return *state_; }

    Status start(sef::Init init = {}) {
        const Status result = service_.init(init);
        if constexpr (requires { service_.activated(); }) {
            if (result) service_.activated();
        }
        run();
        return result;
    }

    /// Delivers a message, then answers of hooked peers until nothing moves.
    void deliver(const Message &message) {
        ++sys::context().turns;
        sys::allow_deferring();
        dispatcher_.dispatch(message);
        sys::flush_deferred();
        run();
    }
    /// The step of a live update that the main loop makes before it receives.
    void approach_update() {
        dispatcher_.before_receive();
        sys::flush_deferred();
        run();
    }
    /// With answers that come late: one thing happens. False: nothing can.
    bool step() {
        const Traffic::Step moved = System::current().traffic->step();
        if (moved.received) deliver(*moved.received);
        return moved.moved;
    }
    void run() {
        sef::run_ready();
        sys::flush_deferred();
        auto &inbox = System::current().inbox;
        while (!inbox.empty()) {
            const Message next = inbox.front();
            inbox.pop_front();
            ++sys::context().turns;
            dispatcher_.dispatch(next);
            sys::flush_deferred();
        }
    }

    /// A request by SENDREC from `caller`; its tag, to look for the answer later.
    template <Request R>
    std::uint64_t send(Endpoint caller, const R &request, IpcCall call = IpcCall::sendrec) {
        const std::uint64_t tag = next_tag_++;
        Message message = encode_request(request, tag);
        message.source = caller;
        message.flags = static_cast<std::uint16_t>(call);
        deliver(message);
        return tag;
    }
    /// The same, with its answer if it came: a Result of the reply.
    template <Request R>
    std::optional<Result<typename R::Reply>> ask(Endpoint caller, const R &request, IpcCall call = IpcCall::sendrec) {
        return reply_of<R>(caller, send(caller, request, call));
    }
    template <Request R>
    std::optional<Result<typename R::Reply>> reply_of(Endpoint caller, std::uint64_t tag) {
        const auto reply = System::current().take_reply(caller, tag);
        if (!reply) return std::nullopt;
        return decode_reply<typename R::Reply>(*reply);
    }

    /// A Linux call of a user process; the value it returned, if it did.
    std::optional<std::int64_t> user_call(Endpoint process, unsigned number, std::array<std::uint64_t, 6> arguments) {
        const std::uint64_t tag = start_user_call(process, number, arguments);
        return user_result(process, tag);
    }
    std::uint64_t start_user_call(Endpoint process, unsigned number, std::array<std::uint64_t, 6> arguments) {
        Message message{};
        message.source = process;
        message.type = static_cast<std::uint16_t>(number);
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
        message.tag = next_tag_++;
        for (std::size_t i = 0; i < 6; ++i) message.words[i] = arguments[i];
        deliver(message);
        return message.tag;
    }
    std::optional<std::int64_t> user_result(Endpoint process, std::uint64_t tag) {
        const auto reply = System::current().take_reply(process, tag);
        if (!reply) return std::nullopt;
        return reply->status();
    }

    void notify(Endpoint source, std::uint64_t bits = 0) {
        Message message{};
        message.source = source;
        message.type = message_type::notify;
        message.flags = static_cast<std::uint16_t>(IpcCall::notify);
        message.words[0] = bits;
        message.words[1] = System::current().time.value;
        deliver(message);
    }
    void peer_died(Endpoint peer, int reason = 9) {
        Message message{};
        message.source = endpoint::system;
        message.type = kernel_message::peer_died;
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::from_kernel);
        message.words[0] = peer.value;
        message.words[1] = static_cast<std::uint64_t>(reason);
        deliver(message);
    }

private:
    sef::Options options_;
    std::unique_ptr<typename S::State> state_;
    S service_;
    sef::Dispatcher<S> dispatcher_;
    std::uint64_t next_tag_ = 0x5000'0000;
};

}  // namespace axo::fake
