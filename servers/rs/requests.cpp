// What services ask of RS. The commands of the `service` tool reach RS as Linux-style calls (user_call).
#include "lib/sys/log.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

void Server::on(Endpoint caller, const UpdateReady &, sef::ReplyTo<Nothing> reply) {
    // Nobody was asked to prepare: a late answer, after which the service goes on (ref 3.12).
    sys::log("%x reports ready for an update nobody wants", caller.value);
    reply.fail(Error::invalid);
}

void Server::on(Endpoint caller, const Pong &, sef::ReplyTo<Nothing> reply) {
    reply.abandon();  // a pong wants no answer
    if (Service *service = state_.services.find(caller)) service->answered = sys::now();
}

void Server::on(Endpoint caller, const Shutdown &, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::not_permitted);
    state_.going_down = true;
    for (Service &service : state_.services.all()) service.flags |= service_flag::exiting;
    reply.ok();
}

void Server::on(Endpoint, const Lookup &request, sef::ReplyTo<Lookup::Reply> reply) {
    const std::string_view label = text_of(request.label);
    if (label.empty()) return reply.fail(Error::invalid);
    const Service *service = state_.services.find(label);
    if (service == nullptr || !service->lives()) return reply.fail(Error::no_process);
    reply.ok({service->endpoint, 0});
}

void Server::user_call(sef::UserCall call) {
    // The service command's records are not defined yet: no such command.
    call.fail(Error::no_syscall);
}

}  // namespace axo::rs
