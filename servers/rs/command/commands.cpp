// From a command to the wish it is.
#include "servers/rs/command/commands.hpp"

#include "axo/pm_protocol.hpp"
#include "lib/sef/request.hpp"
#include "servers/rs/command/start_check.hpp"
#include "servers/rs/command/user_memory.hpp"
#include "servers/rs/service/majors.hpp"
#include "servers/rs/service/policy.hpp"

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

Wish wish_of(ControlCommand command) {
    switch (command) {
        case ControlCommand::down: return Wish::down;
        case ControlCommand::refresh: return Wish::refresh;
        case ControlCommand::restart: return Wish::restart;
    }
    return Wish::none;
}

}  // namespace

sef::Task Commands::serve(sef::UserCall call) {
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
            system_.going_down = true;
            call.answer(0);
            break;
        default: reports_.serve(std::move(call));
    }
}

sef::Task Commands::start_command(sef::UserCall call) {
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

void Commands::begin_up(sef::UserCall call) {
    if (const Status good = check_start_record(state_.incoming); !good) return call.answer(user_result(good));
    if (system_.going_down) return call.fail(Error::not_permitted);
    const bool block = (state_.incoming.flags & service::start_flag::block_device) != 0;
    if (driver_of(services_, {state_.incoming.major, block}) != nullptr) return call.fail(Error::busy);
    const auto added = services_.add(text_of(state_.incoming.label));
    if (!added) return call.fail(added.error() == Error::exists ? Error::busy : added.error());
    Service &service = **added;
    service.phase = Phase::initialising;
    service.record = state_.incoming;
    service.priority = started_priority;
    service.period = service.record.period_ns != 0 ? Nanoseconds{service.record.period_ns} : policy::default_heartbeat;
    service.caller = std::move(call);
    PublicEntry &shown = services_.public_entry(service);
    shown.major = service.record.major;
    shown.period = service.period;
    if (life_.begin(service)) return;
    life_.answer(service, Error::no_memory);
    services_.remove(service);
}

void Commands::begin_update(sef::UserCall call) {
    if (const Status good = check_update_record(state_.incoming); !good) return call.answer(user_result(good));
    Service *service = services_.find(text_of(state_.incoming.label));
    if (service == nullptr) return call.fail(Error::no_process);
    Status admitted = policy::admits(*service, Wish::update);
    // The core without its State is no system.
    if (service->core() && (state_.incoming.flags & service::start_flag::fresh) != 0) admitted = Error::not_permitted;
    if (admitted && (updater_.busy() || system_.going_down)) admitted = Error::busy;
    if (!admitted) return call.fail(admitted.error());
    updater_.claim(*service, state_.incoming);
    service->caller = std::move(call);
    life_.grant_wish(*service, Wish::update);
}

sef::Task Commands::label_command(sef::UserCall call) {
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

void Commands::begin_wish(sef::UserCall call, std::string_view label, Wish wish) {
    Service *service = services_.find(label);
    if (service == nullptr) return call.fail(Error::no_process);
    if (const Status admitted = policy::admits(*service, wish); !admitted) return call.fail(admitted.error());
    service->caller = std::move(call);
    life_.grant_wish(*service, wish);
}

/// A service whose control list names the target's program may bring it down, refresh and restart it (ref 3.4.1).
void Commands::control(Endpoint caller, const Control &request, sef::ReplyTo<Nothing> reply) {
    const Service *asking = services_.find(caller);
    Service *target = services_.find(text_of(request.label));
    if (target == nullptr) return reply.fail(Error::no_process);
    const std::string_view program = program_name(text_of(target->record.command));
    bool permitted = false;
    for (std::uint32_t i = 0; asking != nullptr && i < asking->record.control_count; ++i)
        permitted = permitted || (!program.empty() && text_of(asking->record.control[i]) == program);
    if (!permitted) return reply.fail(Error::not_permitted);
    const Wish wish = wish_of(request.command);
    if (wish == Wish::none) return reply.fail(Error::invalid);
    if (const Status admitted = policy::admits(*target, wish); !admitted) return reply.fail(admitted.error());
    target->control = std::move(reply);
    life_.grant_wish(*target, wish);
}

}  // namespace axo::rs
