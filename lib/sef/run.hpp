// sef::run<Service>: startup and the main loop (ref 2.2, 2.3). Included by sef.hpp.
#pragma once

#include <new>

#include "lib/sef/loop.hpp"
#include "lib/sef/options.hpp"
#include "lib/sef/reply.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/arena.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

/// Calls the handlers of one service. Host tests use it without run().
template <class Service> class Dispatcher {
public:
    Dispatcher(Service &service, const Options &options)
        : service_(service), pong_(options.pong), update_(options.update) {}

    /// One received message, to its handler; then every coroutine that became ready.
    void dispatch(const Message &message) {
        detail::frame_failed = false;
        route(message);
        run_ready();
    }

    /// Before each receive: the step of a live update, if one is under way.
    void before_receive() {
        if (update_.state() == update_state::none || !update_.due()) return;
        Status saved{};
        if constexpr (requires { service_.save_state(update_.state()); }) saved = service_.save_state(update_.state());
        update_.report(saved);
    }

private:
    void route(const Message &message) {
        if (message.from_user()) return user_call(message);
        if (detail::swallow(message, pong_)) return;
        if (message.is_notification()) return notification(message);
        if (message.from_kernel()) return kernel_message(message);
        if (sef_message(message)) return;
        request(message);
    }

    void user_call(const Message &message) {
        if constexpr (requires { service_.user_call(UserCall(message)); }) service_.user_call(UserCall(message));
        else detail::refuse(message, Error::no_syscall);
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
                if constexpr (requires { { service_.on_managed_signal(Endpoint{}, std::uint64_t{}) } -> std::same_as<bool>; }) {
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

    // Requests every service understands, from RS or its signal manager.
    bool sef_message(const Message &message) {
        const bool from_manager = message.source == endpoint::rs || message.source == endpoint::pm;
        if (message.type == rs::SignalReceived::number && from_manager) {
            ReplyTo<Nothing> reply(message);
            reply.ok();
            if constexpr (requires { service_.on_signal(0); }) {
                service_.on_signal(static_cast<int>(decode_request<rs::SignalReceived>(message).signal));
            }
            return true;
        }
        if (message.type == rs::UpdatePrepare::number && message.source == endpoint::rs) {
            ReplyTo<Nothing> reply(message);
            reply.ok();
            update_.on_prepare(decode_request<rs::UpdatePrepare>(message));
            return true;
        }
        return false;
    }

    void request(const Message &message) {
        if (!request_of(message, static_cast<typename Service::Requests *>(nullptr))) {
            detail::refuse(message, Error::bad_request);
        }
    }

    template <Request... R> bool request_of(const Message &message, Protocol<R...> *) {
        return (... || (message.type == R::number && (handle<R>(message), true)));
    }

    template <Request R> void handle(const Message &message) {
        service_.on(message.source, decode_request<R>(message), ReplyTo<typename R::Reply>(message));
    }

    Service &service_;
    bool pong_;
    Update update_;
};

namespace detail {

template <class Service> consteval std::uint64_t schema_of() {
    if constexpr (requires { Service::State::schema; }) return Service::State::schema;
    else return 0;
}

/// The State inherited from the old version, or a new one.
template <class Service> typename Service::State *make_state(const rs::Init &init) {
    using State = typename Service::State;
    if (init.kind == rs::InitKind::update && inherit_arena(init, schema_of<Service>())) {
        return static_cast<State *>(sys::arena().state);
    }
    sys::arena().schema = schema_of<Service>();
    return ::new (place_state(sizeof(State), alignof(State))) State();
}

template <class Service> void start_service(Service &service, const rs::Init &request, bool is_rs) {
    const Init init{.kind = request.kind, .restarts = request.restarts, .table_count = request.table_count,
                    .table = request.table};
    const Status result = service.init(init);
    if (!is_rs) report_init(result, schema_of<Service>());
    else if (!result) sys::panic("init failed: error %d", static_cast<int>(result.error()));
    if constexpr (requires { service.activated(); }) service.activated();
    run_ready();
}

}  // namespace detail

/// Never returns.
template <class Service> int run(const Options &options) {
    detail::start_process();
    const bool is_rs = detail::own_endpoint() == endpoint::rs;
    rs::Init request{};
    request.table = invalid_grant;
    if (!is_rs) request = detail::await_init();

    alignas(Service) static std::byte storage[sizeof(Service)];
    auto *service = ::new (storage) Service(*detail::make_state<Service>(request));
    detail::start_service(*service, request, is_rs);

    Dispatcher<Service> dispatcher(*service, options);
    for (;;) {
        dispatcher.before_receive();
        Message message;
        detail::next_message(message);
        dispatcher.dispatch(message);
    }
}

}  // namespace axo::sef
