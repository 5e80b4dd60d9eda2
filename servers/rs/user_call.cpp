// Requests of the `service` command (ref 3.4): records are copied from the user's memory, checked for everything a user
// can get wrong, and answered when their work has ended.
#include "axo/pm_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"
#include "servers/rs/start_check.hpp"

namespace axo::rs {

namespace {

using service::Command;

constexpr std::uint32_t started_priority = 4;

bool is_public(Command command) { return command == Command::lookup; }

Wish wish_of(Command command) {
    switch (command) {
        case Command::down: return Wish::down;
        case Command::refresh: return Wish::refresh;
        case Command::restart: return Wish::restart;
        default: return Wish::none;
    }
}

}  // namespace

void Server::user_call(sef::UserCall call) { static_cast<void>(serve_user(std::move(call))); }

sef::Task Server::serve_user(sef::UserCall call) {
    const auto command = static_cast<Command>(call.argument(0));
    if (call.argument(0) > static_cast<std::uint64_t>(Command::fault)) {
        call.fail(Error::invalid);
        co_return;
    }
    const pm::LookupPid who{call.process()};
    const auto caller = co_await sef::request(endpoint::pm, who);
    const bool may = caller && (caller->uid == 0 || is_public(command));
    if (!may) {
        call.fail(caller ? Error::not_permitted : Error::no_process);
        co_return;
    }
    switch (command) {
        case Command::up:
        case Command::update: start_command(std::move(call)); break;
        case Command::down:
        case Command::refresh:
        case Command::restart: label_command(std::move(call)); break;
        case Command::shutdown:
            state_.going_down = true;
            call.answer(0);
            break;
        default: answer_command(std::move(call));
    }
}

/// Copies a record of exactly `bytes` bytes. Errors: invalid (the user means another size), fault.
sef::Async<Status> Server::read_record(Endpoint process, VirtAddr from, std::uint64_t given, void *to,
                                       std::uint64_t bytes) {
    if (given != bytes) co_return Error::invalid;
    const axo::vm::MakePresent present{process, 0, from, bytes};
    const auto made = co_await sef::request(endpoint::vm, present);
    if (!made) co_return made.error();
    co_return sys::copy_from_process(process, from, to, bytes);
}

sef::Task Server::start_command(sef::UserCall call) {
    auto reading =
        read_record(call.process(), call.address(1), call.argument(2), &state_.incoming, sizeof state_.incoming);
    const Status read = co_await reading;
    if (!read) {
        call.answer(user_result(read));
        co_return;
    }
    if (call.argument(0) == static_cast<std::uint64_t>(Command::up))
        begin_up(std::move(call));
    else
        begin_update(std::move(call));
}

void Server::begin_up(sef::UserCall call) {
    if (const Status good = check_start_record(state_.incoming); !good) return call.answer(user_result(good));
    if (state_.going_down) return call.fail(Error::not_permitted);
    const auto added = state_.services.add(text_of(state_.incoming.label));
    if (!added) return call.fail(added.error() == Error::exists ? Error::busy : added.error());
    Service &service = **added;
    service.phase = Phase::initialising;
    service.record = state_.incoming;
    service.priority = started_priority;
    service.period = service.record.period_ns != 0 ? Nanoseconds{service.record.period_ns} : policy::default_heartbeat;
    service.caller = std::move(call);
    PublicEntry &shown = state_.services.public_entry(service);
    shown.major = service.record.major;
    shown.period = service.period;
    if (live(&service).started()) return;
    answer(service, Error::no_memory);
    state_.services.remove(service);
}

void Server::begin_update(sef::UserCall call) {
    if (const Status good = check_update_record(state_.incoming); !good) return call.answer(user_result(good));
    Service *service = state_.services.find(text_of(state_.incoming.label));
    if (service == nullptr) return call.fail(Error::no_process);
    Status admitted = policy::admits(*service, Wish::update);
    if (admitted && (state_.updating || state_.going_down)) admitted = Error::busy;
    if (!admitted) return call.fail(admitted.error());
    state_.updating = true;
    state_.update = state_.incoming;
    service->caller = std::move(call);
    grant_wish(*service, Wish::update);
}

sef::Task Server::label_command(sef::UserCall call) {
    service::LabelRecord record{};
    auto reading = read_record(call.process(), call.address(1), call.argument(2), &record, sizeof record);
    Status status = co_await reading;
    const std::string_view label = text_of(record.label);
    if (status && (label.empty() || label.size() >= label_size)) status = Error::invalid;
    if (!status) {
        call.answer(user_result(status));
        co_return;
    }
    const Wish wish = wish_of(static_cast<Command>(call.argument(0)));
    begin_wish(std::move(call), label, wish);
}

void Server::begin_wish(sef::UserCall call, std::string_view label, Wish wish) {
    Service *service = state_.services.find(label);
    if (service == nullptr) return call.fail(Error::no_process);
    if (const Status admitted = policy::admits(*service, wish); !admitted) return call.fail(admitted.error());
    service->caller = std::move(call);
    grant_wish(*service, wish);
}

}  // namespace axo::rs
