// Requests on behalf of terminals: signals to process groups, and what becomes of calls of those in the background.
#include "servers/pm/server.hpp"

namespace axo::pm {

void Server::on(Endpoint caller, const SignalGroup &request, sef::ReplyTo<Nothing> reply) {
    if (request.signal > signal::last || request.group == 0) return reply.fail(Error::invalid);
    const Process *sender = processes_.find(caller);
    if (sender == nullptr || !sender->system) return reply.fail(Error::not_permitted);
    if (!processes_.group_exists(request.group)) return reply.fail(Error::no_process);
    const SignalOrigin origin{.number = static_cast<std::int32_t>(request.signal), .code = abi::signal_code::kernel};
    reply.ok();
    if (request.signal == 0) return;
    signal_group(request.group, origin);
}

void Server::signal_group(std::uint32_t group, const SignalOrigin &origin) {
    for (Process &member : processes_.all())
        if (member.group == group && !member.system) send_signal(member, origin);
}

void Server::on(Endpoint, const SessionOfGroup &request, sef::ReplyTo<SessionOfGroup::Reply> reply) {
    for (const Process &member : processes_.all())
        if (member.group == request.group && !member.system)
            return reply.ok({.session = member.session, .reserved = 0});
    reply.fail(Error::no_process);
}

void Server::on(Endpoint caller, const BackgroundAccess &request, sef::ReplyTo<BackgroundAccess::Reply> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    const auto number = static_cast<int>(request.signal);
    if (number != signal::ttin && number != signal::ttou) return reply.fail(Error::invalid);
    Process *process = processes_.find(request.process);
    if (process == nullptr || process->system || !process->alive()) return reply.fail(Error::no_process);
    const bool ignores = process->signals.action(number).handler == abi::handler_ignore;
    if (ignores || process->signals.mask.has(number)) {
        if (number == signal::ttin) return reply.fail(Error::io);
        return reply.ok({.allowed = 1, .reserved = 0});
    }
    if (is_orphaned(process->group)) return reply.fail(Error::io);  // nobody would let it go on
    signal_group(process->group, {.number = number, .code = abi::signal_code::kernel});
    reply.ok({.allowed = 0, .reserved = 0});
}

}  // namespace axo::pm
