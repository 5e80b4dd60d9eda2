// Base of a driver that speaks the device protocol. The device class derives from it:
//
//   class Hello : public driver::CharacterDriver<Hello> {
//       Result<device::Open::Reply> open(const device::Open &request);  // reply.minor counts as opened
//       void close(std::uint32_t minor);                                // its last close
//       void read(const device::Read &request, Reply<device::Read> reply);
//       void write(const device::Write &request, Reply<device::Write> reply);
//       void ioctl(const device::Ioctl &request, Reply<device::Ioctl> reply);
//       std::uint32_t ready(std::uint32_t minor);                       // poll_event bits, its own among them
//       bool cancel(Endpoint requester, std::uint64_t tag);             // answered it
//
// All but open are called for opened minors only. What it need not have is done here: see the defaults.
#pragma once

#include "axo/signal.hpp"
#include "lib/driver/announce.hpp"
#include "lib/driver/opened_minors.hpp"
#include "lib/driver/poll_watchers.hpp"
#include "lib/sef/sef.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::driver {

/// Survives a live update, so that descriptors opened before it stay good.
struct CharacterState {
    OpenedMinors opened;
    PollWatchers watchers;
};

template <typename R>
using Reply = sef::ReplyTo<typename R::Reply>;

template <class Device>
class CharacterDriver {
public:
    using Requests = device::CharacterRequests;

    explicit CharacterDriver(CharacterState &state) : driver_state_(state) {}

    void on(Endpoint, const device::Open &request, Reply<device::Open> reply) {
        const auto opened = self().open(request);
        if (!opened) return reply.fail(opened.error());
        if (!driver_state_.opened.add(opened->minor)) {
            self().close(opened->minor);
            return reply.fail(Error::no_memory);
        }
        self().finish_open(request, *opened, std::move(reply));
    }

    void on(Endpoint, const device::Close &request, Reply<device::Close> reply) {
        const auto closed = driver_state_.opened.remove(request.minor);
        if (closed == OpenedMinors::Closed::not_open) return reply.fail(Error::service_restarted);
        if (closed == OpenedMinors::Closed::last) {
            driver_state_.watchers.forget_minor(request.minor);
            self().close(request.minor);
        }
        reply.ok();
    }

    void on(Endpoint, const device::Read &request, Reply<device::Read> reply) {
        if (!is_open(request.minor)) return reply.fail(Error::service_restarted);
        self().read(request, std::move(reply));
    }

    void on(Endpoint, const device::Write &request, Reply<device::Write> reply) {
        if (!is_open(request.minor)) return reply.fail(Error::service_restarted);
        self().write(request, std::move(reply));
    }

    void on(Endpoint, const device::Ioctl &request, Reply<device::Ioctl> reply) {
        if (!is_open(request.minor)) return reply.fail(Error::service_restarted);
        self().ioctl(request, std::move(reply));
    }

    void on(Endpoint caller, const device::Poll &request, Reply<device::Poll> reply) {
        if (!is_open(request.minor)) return reply.fail(Error::service_restarted);
        static constexpr std::uint32_t own = device::poll_event::read_again | device::poll_event::write_again;
        const std::uint32_t ready = self().ready(request.minor) & request.events & ~own;
        if (ready == 0 && request.watch != 0) {
            if (!driver_state_.watchers.watch(caller, request.minor, request.events))
                return reply.fail(Error::no_memory);
        }
        reply.ok({.ready = ready, .reserved = 0});
    }

    void on(Endpoint caller, const device::Cancel &request, sef::ReplyTo<Nothing> reply) {
        self().cancel(caller, request.tag);
        reply.ok();
    }

    void on_peer_died(Endpoint peer, int) { driver_state_.watchers.forget_watcher(peer); }

    /// SIGTERM ends a driver that has nothing to put away first.
    void on_signal(int signal) {
        if (signal == signal::term) sys::exit(0);
    }

    // ---- defaults
    void close(std::uint32_t) {}
    void finish_open(const device::Open &, const device::Open::Reply &opened, Reply<device::Open> reply) {
        reply.ok(opened);
    }
    void read(const device::Read &, Reply<device::Read> reply) { reply.fail(Error::invalid); }
    void write(const device::Write &, Reply<device::Write> reply) { reply.fail(Error::invalid); }
    void ioctl(const device::Ioctl &, Reply<device::Ioctl> reply) { reply.fail(Error::not_tty); }
    std::uint32_t ready(std::uint32_t) { return device::poll_event::in | device::poll_event::out; }
    bool cancel(Endpoint, std::uint64_t) { return false; }

protected:
    /// For a read or write that cannot be served now: true if it was answered because it may not wait for an event.
    /// A bounded one is told when `again` (poll_event::read_again or write_again) is among what ready() says.
    template <typename R>
    bool may_not_wait(const R &request, Reply<R> &reply, std::uint32_t again) {
        if ((request.flags & (device::open_flag::nonblock | device::open_flag::bounded)) == 0) return false;
        const bool bounded = (request.flags & device::open_flag::bounded) != 0;
        const Status watched = bounded ? watch(reply.caller(), request.minor, again) : Status{};
        reply.fail(watched ? Error::again : watched.error());
        return true;
    }
    /// `who` is told once when one of `events` is among what ready() says. Errors: no_memory.
    Status watch(Endpoint who, std::uint32_t minor, std::uint32_t events) {
        return driver_state_.watchers.watch(who, minor, events);
    }

    bool is_open(std::uint32_t minor) const { return driver_state_.opened.contains(minor); }

    /// The device calls this whenever ready(minor) may have become more.
    void readiness_changed(std::uint32_t minor) {
        if (driver_state_.watchers.empty()) return;
        driver_state_.watchers.became_ready(minor, self().ready(minor), [minor](Endpoint who, std::uint32_t ready) {
            tell_ready(who, {.minor = minor, .ready = ready});
        });
    }

    /// For init(): what a predecessor's clients had open counts only after a live update.
    void starting(rs::InitKind kind) {
        kind_ = kind;
        if (kind == rs::InitKind::update) return;
        driver_state_.opened.clear();
        driver_state_.watchers.clear();
    }
    /// For activated(), when requests can be served.
    void announce_driver() {
        if (const Status announced = announce(kind_); !announced)
            sys::panic("cannot announce the driver: error %d", static_cast<int>(announced.error()));
    }

private:
    Device &self() { return static_cast<Device &>(*this); }

    static sef::Task tell_ready(Endpoint who, device::PollReady event) {
        // The watcher's answer says nothing we could act on: if it is gone, so is its interest.
        const auto answer = co_await sef::request(who, event);
        (void)answer;
    }

    CharacterState &driver_state_;
    rs::InitKind kind_ = rs::InitKind::fresh;
};

}  // namespace axo::driver
