// What services tell RS and ask of it.
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

/// Only the process that was told to initialise may say that it has (D 28). An accepted one runs on at once; one that
/// failed stays blocked here until it is removed.
void Server::on(Endpoint caller, const InitReady &request, sef::ReplyTo<Nothing> reply) {
    Service *service = state_.services.find(caller);
    if (service == nullptr || service->expected != caller) return reply.fail(Error::not_permitted);
    service->expected = endpoint::none;
    service->answered = sys::now();
    if (!state_.up) return on_boot_ready(*service, request, std::move(reply));
    service->init_came = true;
    service->init_result = request.result;
    if (request.result >= 0) {
        service->schema = request.schema;
        reply.ok();
    } else {
        reply.abandon();
    }
    tell_news(*service);
}

void Server::on(Endpoint caller, const UpdateReady &request, sef::ReplyTo<Nothing> reply) {
    Service *service = state_.services.find(caller);
    const bool wanted = service != nullptr && service->prepare_expected && service->active.endpoint == caller &&
                        request.state == state_.update.update_state;
    if (!wanted) {
        // A late answer, after which the service goes on (ref 3.12).
        sys::log("%s reports ready for an update that is over", service == nullptr ? "(?)" : service->label.text);
        return reply.fail(Error::interrupted);
    }
    service->prepare_expected = false;
    service->prepare_came = true;
    service->prepare_result = request.result;
    service->prepare_reply = std::move(reply);
    tell_news(*service);
}

void Server::on(Endpoint caller, const Pong &, sef::ReplyTo<Nothing> reply) {
    reply.abandon();  // a pong wants no answer
    Service *service = state_.services.find(caller);
    if (service == nullptr || service->active.endpoint != caller) return;
    service->answered = sys::now();
    if (service->phase == Phase::running) service->flags |= service_flag::healthy;
}

void Server::on(Endpoint caller, const Shutdown &, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::not_permitted);
    state_.going_down = true;
    reply.ok();
}

void Server::on(Endpoint, const Lookup &request, sef::ReplyTo<Lookup::Reply> reply) {
    const std::string_view label = text_of(request.label);
    if (label.empty()) return reply.fail(Error::invalid);
    const Service *service = state_.services.find(label);
    if (service == nullptr || service->dead() || !service->active.exists()) return reply.fail(Error::no_process);
    reply.ok({service->active.endpoint, 0});
}

/// A service whose control list names the target's program may bring it down, refresh and restart it (ref 3.4.1).
void Server::on(Endpoint caller, const Control &request, sef::ReplyTo<Nothing> reply) {
    const Service *asking = state_.services.find(caller);
    Service *target = state_.services.find(text_of(request.label));
    if (target == nullptr) return reply.fail(Error::no_process);
    const std::string_view program = program_name(text_of(target->record.command));
    bool permitted = false;
    for (std::uint32_t i = 0; asking != nullptr && i < asking->record.control_count; ++i)
        permitted = permitted || (!program.empty() && text_of(asking->record.control[i]) == program);
    if (!permitted) return reply.fail(Error::not_permitted);
    const Wish wish = request.command == ControlCommand::down      ? Wish::down
                      : request.command == ControlCommand::refresh ? Wish::refresh
                      : request.command == ControlCommand::restart ? Wish::restart
                                                                   : Wish::none;
    if (wish == Wish::none) return reply.fail(Error::invalid);
    if (const Status admitted = policy::admits(*target, wish); !admitted) return reply.fail(admitted.error());
    target->control = std::move(reply);
    grant_wish(*target, wish);
}

}  // namespace axo::rs
