// sef::run<Service>: startup and the main loop (ref 2.2, 2.3). Included by sef.hpp.
#pragma once

#include "lib/base/owned.hpp"
#include "lib/sef/arena_scan.hpp"
#include "lib/sef/context.hpp"
#include "lib/sef/inherit.hpp"
#include "lib/sef/loop.hpp"
#include "lib/sef/options.hpp"
#include "lib/sef/parked.hpp"
#include "lib/sef/reply.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

/// Calls the handlers of one service. Host tests use it without run().
template <class Service>
class Dispatcher {
public:
    Dispatcher(Service &service, const Options &options)
        : service_(service), pong_(options.pong), signal_(options.signal), update_(options.update) {
        limit_.set_callback(bind<&Dispatcher::on_limit>(*this));
    }

    /// One received message, to its handler; then every coroutine that became ready.
    void dispatch(const Message &message) {
        if (update_.state() != update_state::none && must_wait(message) && park(message)) return run_ready();
        take_up(message);
    }

    /// Before each receive: the step of a live update, if one is under way (ref 2.5 items 3, 4).
    void before_receive() {
        const std::uint32_t state = update_.state();
        if (state == update_state::none) {
            if (Parked::any()) [[unlikely]]
                take_up_parked();
            return;
        }
        ++update_cycle_;
        if constexpr (requires { service_.dump_state(state, update_cycle_); })
            service_.dump_state(state, update_cycle_);
        take_up_needed();
        if (!Update::quiet() || !is_ready(state)) return;
        Status saved{};
        if constexpr (requires { service_.save_state(state); }) saved = service_.save_state(state);
        const Error over = update_.report(saved);
        sys::log("live update in state %u is off: error %d", state, static_cast<int>(over));
        enter(update_state::none);
        take_up_parked();
    }

private:
    void take_up(const Message &message) {
        context().frame_failed = false;
        route(message);
        run_ready();
    }

    /// New work waits for the end of an update, except what the service itself says it must still serve to come to
    /// rest: `bool must_serve(const Message &)`, such as what others ask in the course of its own requests to them.
    /// That may change with what it waits for.
    bool must_wait(const Message &message) {
        if (!Parked::is_work(message) || is_sef_message(message)) return false;
        if constexpr (requires { service_.must_serve(message); })
            return !service_.must_serve(message);
        else
            return own_schema() != nullptr;  // what has no schema leaves no arena to its successor
    }

    /// False: there is no room, and with it the update is over.
    bool park(const Message &message) {
        const Status kept = Parked::keep(message);
        if (kept) return true;
        call_off(kept.error());
        return false;
    }

    void call_off(Error error) {
        const std::uint32_t state = update_.state();
        sys::log("live update in state %u is off: error %d", state, static_cast<int>(error));
        enter(update_state::none);
        Update::refuse(state, error);
        take_up_parked();
    }

    // The limit is RS's, which calls an update off in time. Should its word not come, nobody waits much longer for it.
    void on_limit() {
        if (update_.state() != update_state::none) call_off(Error::timed_out);
    }

    /// What had to wait may be needed by now: the service has asked somebody who asks back. In the order in which it
    /// came, and before anything that is received later.
    void take_up_needed() {
        if constexpr (requires(const Message &message) { service_.must_serve(message); }) {
            for (std::size_t i = 0; i < Parked::count();) {
                if (must_wait(Parked::at(i))) {
                    ++i;
                    continue;
                }
                const Message message = Parked::take(i);
                sys::allow_deferring();
                take_up(message);
            }
        }
    }

    void take_up_parked() {
        for (std::size_t i = 0; i < Parked::count(); ++i) {
            const Message message = Parked::at(i);
            sys::allow_deferring();
            take_up(message);
        }
        Parked::clear();
    }

    void route(const Message &message) {
        if (message.from_user()) return user_call(message);
        if (detail::swallow(message, pong_)) return;
        if (message.is_notification()) return notification(message);
        if (message.from_kernel()) return kernel_message(message);
        if (may_be_for_sef(message.type) && sef_message(message)) return;
        request(message);
    }

    void user_call(const Message &message) {
        if constexpr (requires { service_.user_call(UserCall(message)); })
            service_.user_call(UserCall(message));
        else
            detail::refuse(message, Error::no_syscall);
    }

    void notification(const Message &message) {
        const std::uint64_t bits = message.words[0];
        if (message.source == endpoint::system) {
            if ((bits & (kernel_signal::manage | kernel_signal::manage_self)) != 0) manage_signals();
            if ((bits & kernel_signal::send_room) != 0) send_room();
            if ((bits & ~(kernel_signal::manage | kernel_signal::manage_self | kernel_signal::send_room)) == 0) return;
        }
        if constexpr (requires { service_.on_notification(message.source, bits); }) {
            service_.on_notification(message.source, bits);
        }
    }

    // GETKSIG until none, ENDKSIG after each (ref 2.6). A manager whose callback returns bool ends the
    // signal itself when it said false. The process may be gone by then: not an error.
    void manage_signals() {
        if constexpr (requires { service_.on_managed_signal(Endpoint{}, std::uint64_t{}); }) {
            for (;;) {
                const auto signals = sys::get_signal();
                if (!signals || signals->process == endpoint::none) return;
                bool done = true;
                if constexpr (requires {
                                  { service_.on_managed_signal(Endpoint{}, std::uint64_t{}) } -> std::same_as<bool>;
                              }) {
                    done = service_.on_managed_signal(signals->process, signals->set);
                } else {
                    service_.on_managed_signal(signals->process, signals->set);
                }
                if (done) static_cast<void>(sys::end_signal(signals->process));
            }
        }
    }

    void send_room() {
        outbox().on_room();
        if constexpr (requires { service_.on_send_room(); }) service_.on_send_room();
    }

    void kernel_message(const Message &message) {
        if (message.type == kernel_message::peer_died) {
            const Endpoint peer{static_cast<std::uint32_t>(message.words[0])};
            outbox().drop(peer);
            pending_requests().on_peer_died(peer);
            if constexpr (requires { service_.on_peer_died(peer, 0); }) {
                service_.on_peer_died(peer, static_cast<int>(message.words[1]));
            }
            return;
        }
        if constexpr (requires { service_.on_kernel_message(message); }) service_.on_kernel_message(message);
    }

    static bool is_signal(const Message &message) {
        const bool from_manager = message.source == endpoint::rs || message.source == endpoint::pm;
        return message.type == rs::SignalReceived::number && from_manager;
    }
    static bool is_prepare(const Message &message) {
        return message.type == rs::UpdatePrepare::number && message.source == endpoint::rs;
    }
    /// Told by the range of its number, before anything is looked at.
    static bool may_be_for_sef(std::uint16_t type) {
        const unsigned range = type & 0xff00u;
        return range == message_type::rs || range == message_type::common;
    }
    static bool is_sef_message(const Message &message) {
        return !message.from_user() && (is_signal(message) || is_prepare(message));
    }

    // Requests every service understands, from RS or its signal manager.
    bool sef_message(const Message &message) {
        if (is_signal(message)) {
            ReplyTo<Nothing> reply(message);
            reply.ok();
            const int signal = static_cast<int>(decode_request<rs::SignalReceived>(message).signal);
            if constexpr (requires { service_.on_signal(0); })
                service_.on_signal(signal);
            else
                signal_(signal);
            return true;
        }
        if (is_prepare(message)) {
            ReplyTo<Nothing> reply(message);
            reply.ok();
            prepare_update(decode_request<rs::UpdatePrepare>(message));
            return true;
        }
        // Left by a version that died before it read it, and has given its place back.
        return message.type == rs::Init::number && message.source == endpoint::rs;
    }

    // Ref 2.5 items 1, 2. State none cancels.
    void prepare_update(const rs::UpdatePrepare &request) {
        const std::uint32_t state = request.state;
        if (state != update_state::none && !is_valid(state)) return Update::refuse(state, refusal());
        enter(state);
        if (state != update_state::none && request.max_time.value != 0)
            limit_.set(Nanoseconds{request.max_time.value + request.max_time.value / 4});
    }

    void enter(std::uint32_t state) {
        const std::uint32_t old = update_.state();
        if (state == old) return;
        limit_.cancel();
        update_cycle_ = 0;
        update_.set_state(state);
        if constexpr (requires { service_.state_changed(old, state); }) service_.state_changed(old, state);
    }

    bool is_valid(std::uint32_t state) {
        if constexpr (requires { service_.state_valid(state); })
            return service_.state_valid(state);
        else
            return update_.valid(state);
    }
    Error refusal() const {
        if constexpr (requires { service_.state_valid(0u); })
            return Error::invalid;
        else
            return update_.supported() ? Error::invalid : Error::no_syscall;
    }
    // Free of work is a service between two messages by definition.
    bool is_ready(std::uint32_t state) {
        if (state == update_state::work_free) return true;
        if constexpr (requires { service_.prepare(state); })
            return service_.prepare(state);
        else
            return update_.ready();
    }

    void request(const Message &message) {
        if (!request_of(message, static_cast<typename Service::Requests *>(nullptr))) {
            detail::refuse(message, Error::bad_request);
        }
    }

    template <Request... R>
    bool request_of(const Message &message, Protocol<R...> *) {
        return (... || (message.type == R::number && (handle<R>(message), true)));
    }

    template <Request R>
    void handle(const Message &message) {
        service_.on(message.source, decode_request<R>(message), ReplyTo<typename R::Reply>(message));
    }

    Service &service_;
    bool pong_;
    void (*signal_)(int);
    Update update_;
    std::uint64_t update_cycle_ = 0;  // how often it was asked whether it is ready
    Timer limit_;                     // of the update that is approached
};

namespace detail {

inline Status (*init_of(const Options &options, rs::InitKind kind))(const Init &) {
    switch (kind) {
        case rs::InitKind::fresh: return options.init.fresh;
        case rs::InitKind::update: return options.init.update;
        case rs::InitKind::restart: return options.init.restart;
    }
    return [](const Init &) { return Status{Error::invalid}; };
}

template <class Service>
Status initialise(Service &service, const rs::Init &request, const Options &options) {
    const Init init{
        .kind = request.kind, .restarts = request.restarts, .table_count = request.table_count, .table = request.table};
    if (const auto instead = init_of(options, request.kind)) return instead(init);
    if constexpr (requires { service.init(init); })
        return service.init(init);
    else
        return {};
}

template <Request... R>
constexpr std::uint64_t protocols_of(Protocol<R...> *) {
    return (std::uint64_t{0} | ... | (1ull << (R::number >> 8 & 63)));
}

/// Of a service that RS does not accept nothing is left to do: it waits for its end.
inline void report_start(const Status &result, bool is_rs, std::uint64_t protocols) {
    if (!is_rs)
        report_init(result, protocols);
    else if (!result)
        sys::panic("init failed: error %d", static_cast<int>(result.error()));
}

/// What lives as long as the process: on the scratch heap, since nothing outlives a turn on the stack.
template <class Service>
struct Running {
    Service service;
    Dispatcher<Service> dispatcher;
    ArenaScan scan;

    Running(typename Service::State &state, const Options &options)
        : service(state), dispatcher(service, options), scan(options) {}

    static Running &create(typename Service::State &state, const Options &options) {
        const auto made = axo::create<Running>(scratch_heap(), state, options);
        if (!made) sys::panic("no memory for the service");
        return **made;
    }
};

}  // namespace detail

/// Never returns.
template <class Service>
int run(const Options &options) {
    detail::start_process();
    const bool is_rs = detail::own_endpoint() == endpoint::rs;
    rs::Init request{};
    request.table = invalid_grant;
    if (!is_rs) request = detail::await_init();

    const auto state = detail::make_state<typename Service::State>(request);
    constexpr std::uint64_t protocols = detail::protocols_of(static_cast<typename Service::Requests *>(nullptr));
    if (!state) detail::report_start(state.error(), is_rs, protocols);
    auto &running = detail::Running<Service>::create(**state, options);
    detail::report_start(detail::initialise(running.service, request, options), is_rs, protocols);
    if constexpr (requires { running.service.activated(); }) running.service.activated();
    run_ready();

    for (;;) {
        running.dispatcher.before_receive();
        Message message;
        detail::next_message(message);
        running.dispatcher.dispatch(message);
        running.scan.after_message();
    }
}

}  // namespace axo::sef
