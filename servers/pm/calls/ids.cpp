// User and group ids. A change is told to VFS, which checks permissions with its own copy, before the call returns.
#include "lib/sys/grants.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

namespace {

std::uint32_t id_argument(const sef::UserCall &call, unsigned index) {
    return static_cast<std::uint32_t>(call.argument(index));
}

}  // namespace

std::int64_t Server::call_getuid(Process &caller, Call) { return caller.credentials.user.real; }
std::int64_t Server::call_geteuid(Process &caller, Call) { return caller.credentials.user.effective; }
std::int64_t Server::call_getgid(Process &caller, Call) { return caller.credentials.group.real; }
std::int64_t Server::call_getegid(Process &caller, Call) { return caller.credentials.group.effective; }

std::int64_t Server::call_getresuid(Process &caller, Call call) {
    const IdSet &ids = caller.credentials.user;
    Status written = put(caller, call.argument(0), ids.real);
    if (written) written = put(caller, call.argument(1), ids.effective);
    if (written) written = put(caller, call.argument(2), ids.saved);
    return to_wire(written);
}

std::int64_t Server::call_getresgid(Process &caller, Call call) {
    const IdSet &ids = caller.credentials.group;
    Status written = put(caller, call.argument(0), ids.real);
    if (written) written = put(caller, call.argument(1), ids.effective);
    if (written) written = put(caller, call.argument(2), ids.saved);
    return to_wire(written);
}

std::int64_t Server::call_setuid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    if (id_argument(call, 0) == keep_id) return to_wire(Error::invalid);
    if (!set_id(changed.user, id_argument(call, 0), caller.credentials.is_root())) return to_wire(Error::not_permitted);
    return publish_ids(caller, changed, 0);
}

std::int64_t Server::call_setgid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    if (id_argument(call, 0) == keep_id) return to_wire(Error::invalid);
    if (!set_id(changed.group, id_argument(call, 0), caller.credentials.is_root()))
        return to_wire(Error::not_permitted);
    return publish_ids(caller, changed, 0);
}

std::int64_t Server::call_setreuid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    if (!set_real_effective(changed.user, id_argument(call, 0), id_argument(call, 1), caller.credentials.is_root()))
        return to_wire(Error::not_permitted);
    return publish_ids(caller, changed, 0);
}

std::int64_t Server::call_setregid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    if (!set_real_effective(changed.group, id_argument(call, 0), id_argument(call, 1), caller.credentials.is_root()))
        return to_wire(Error::not_permitted);
    return publish_ids(caller, changed, 0);
}

std::int64_t Server::call_setresuid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    if (!set_all(changed.user, id_argument(call, 0), id_argument(call, 1), id_argument(call, 2),
                 caller.credentials.is_root()))
        return to_wire(Error::not_permitted);
    return publish_ids(caller, changed, 0);
}

std::int64_t Server::call_setresgid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    if (!set_all(changed.group, id_argument(call, 0), id_argument(call, 1), id_argument(call, 2),
                 caller.credentials.is_root()))
        return to_wire(Error::not_permitted);
    return publish_ids(caller, changed, 0);
}

std::int64_t Server::call_setfsuid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    const std::uint32_t id = id_argument(call, 0), old = changed.user.file_system;
    const bool allowed = caller.credentials.is_root() || changed.user.has(id) || id == old;
    if (id == keep_id || id == old || !allowed) return old;
    changed.user.file_system = id;
    return publish_ids(caller, changed, old);
}

std::int64_t Server::call_setfsgid(Process &caller, Call call) {
    Credentials changed = caller.credentials;
    const std::uint32_t id = id_argument(call, 0), old = changed.group.file_system;
    const bool allowed = caller.credentials.is_root() || changed.group.has(id) || id == old;
    if (id == keep_id || id == old || !allowed) return old;
    changed.group.file_system = id;
    return publish_ids(caller, changed, old);
}

/// Makes `changed` the caller's credentials and answers `result` when VFS has them.
std::int64_t Server::publish_ids(Process &caller, const Credentials &changed, std::int64_t result) {
    if (changed.user == caller.credentials.user && changed.group == caller.credentials.group) return result;
    caller.call.waiting = Waiting::busy;
    if (publish_ids_task(caller.endpoint, changed, result).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::again);
}

sef::Task Server::publish_ids_task(Endpoint endpoint, Credentials changed, std::int64_t result) {
    vfs::SetIds request{};
    request.process = endpoint;
    request.real_uid = changed.user.real;
    request.effective_uid = changed.user.effective;
    request.fs_uid = changed.user.file_system;
    request.real_gid = changed.group.real;
    request.effective_gid = changed.group.effective;
    request.fs_gid = changed.group.file_system;
    const auto told = co_await sef::request(endpoint::vfs, request);
    Process *process = processes_.find(endpoint);
    if (process == nullptr || !process->alive()) co_return;
    if (told) process->credentials = changed;
    answer(*process, told ? result : to_wire(Error::again));
}

std::int64_t Server::call_getgroups(Process &caller, Call call) {
    const Credentials &credentials = caller.credentials;
    const auto room = static_cast<std::int32_t>(call.argument(0));
    if (room < 0) return to_wire(Error::invalid);
    if (room == 0) return credentials.group_count;
    if (static_cast<std::uint32_t>(room) < credentials.group_count) return to_wire(Error::invalid);
    const Status written =
        to_user(caller, call.argument(1), credentials.groups, credentials.group_count * sizeof credentials.groups[0]);
    return written ? static_cast<std::int64_t>(credentials.group_count) : to_wire(written.error());
}

std::int64_t Server::call_setgroups(Process &caller, Call call) {
    if (!caller.credentials.is_root()) return to_wire(Error::not_permitted);
    if (call.argument(0) > groups_max) return to_wire(Error::invalid);
    Credentials changed = caller.credentials;
    changed.group_count = id_argument(call, 0);
    const Status read =
        from_user(caller, call.argument(1), changed.groups, changed.group_count * sizeof changed.groups[0]);
    if (!read) return to_wire(read.error());
    caller.call.waiting = Waiting::busy;
    if (publish_groups_task(caller.endpoint, changed).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::no_memory);
}

sef::Task Server::publish_groups_task(Endpoint endpoint, Credentials changed) {
    auto grant = sys::Grant::direct(endpoint::vfs, changed.groups, sizeof changed.groups, sys::Access::read);
    if (!grant) {
        answer(endpoint, to_wire(grant.error()));
        co_return;
    }
    vfs::SetGroups request{};
    request.process = endpoint;
    request.count = changed.group_count;
    request.groups = grant->id();
    const auto told = co_await sef::request(endpoint::vfs, request);
    Process *process = processes_.find(endpoint);
    if (process == nullptr || !process->alive()) co_return;
    if (told) process->credentials = changed;
    answer(*process, told ? 0 : to_wire(told.error()));
}

}  // namespace axo::pm
