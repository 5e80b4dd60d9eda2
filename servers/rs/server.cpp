// The wiring, and which part gets which message.
#include "servers/rs/server.hpp"

#include "lib/sys/clock.hpp"

namespace axo::rs {

Server::Server(State &state)
    : state_(state),
      news_(state.services),
      heartbeats_(state.services, news_),
      deaths_(state.services, state.system, news_),
      rights_(state.services, state.boot.root),
      giver_(state.services, rights_),
      spawner_(state.spawner, state.services, rights_, news_, heartbeats_),
      updater_(state.updater, state.events, news_, spawner_, heartbeats_, deaths_),
      life_(state.services, state.events, state.system, news_, spawner_, updater_),
      reports_(state.services, state.events, spawner_),
      commands_(state.commands, state.services, state.system, life_, updater_, reports_),
      mount_services_(state.services, state.system, life_),
      boot_(state.boot, state.services, state.system, rights_, spawner_, life_, heartbeats_) {}

Status Server::init(const sef::Init &) {
    TRY(spawner_.open_table());
    return boot_.prepare();
}

void Server::activated() { boot_.begin(); }

/// Only the process that was told to initialise may say that it has (D 28).
void Server::on(Endpoint caller, const InitReady &request, sef::ReplyTo<Nothing> reply) {
    Service *service = state_.services.find(caller);
    if (service == nullptr || service->work.expected != caller) return reply.fail(Error::not_permitted);
    service->work.expected = endpoint::none;
    service->answered = sys::now();
    if (!state_.system.up) return boot_.on_ready(*service, request, std::move(reply));
    InitReady report = request;
    if (service->phase == Phase::updating) updater_.judge(*service, report);
    spawner_.on_ready(*service, report, std::move(reply));
}

void Server::on(Endpoint caller, const UpdateReady &request, sef::ReplyTo<Nothing> reply) {
    updater_.on_ready(caller, state_.services.find(caller), request, std::move(reply));
}

void Server::on(Endpoint caller, const Pong &, sef::ReplyTo<Nothing> reply) {
    reply.abandon();  // a pong wants no answer
    heartbeats_.on_pong(caller);
}

void Server::on(Endpoint caller, const Shutdown &, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::pm) return reply.fail(Error::not_permitted);
    state_.system.going_down = true;
    reply.ok();
}

void Server::on(Endpoint, const Lookup &request, sef::ReplyTo<Lookup::Reply> reply) {
    const auto found = reports_.lookup(text_of(request.label));
    if (!found) return reply.fail(found.error());
    reply.ok({*found, 0});
}

void Server::on(Endpoint caller, const Control &request, sef::ReplyTo<Nothing> reply) {
    commands_.control(caller, request, std::move(reply));
}

void Server::on(Endpoint caller, const GiveRight &request, sef::ReplyTo<Nothing> reply) {
    reply.status(giver_.give(caller, request));
}

void Server::on(Endpoint caller, const MayUseDevice &request, sef::ReplyTo<Nothing> reply) {
    reply.status(giver_.may_use(caller, request));
}

void Server::on(Endpoint caller, const StartFileSystem &request, sef::ReplyTo<StartFileSystem::Reply> reply) {
    mount_services_.start(caller, request, std::move(reply));
}

void Server::on(Endpoint caller, const StopFileSystem &request, sef::ReplyTo<Nothing> reply) {
    mount_services_.stop(caller, request, std::move(reply));
}

void Server::user_call(sef::UserCall call) { static_cast<void>(commands_.serve(std::move(call))); }

bool Server::on_managed_signal(Endpoint process, std::uint64_t set) { return deaths_.on_signals(process, set); }

}  // namespace axo::rs
