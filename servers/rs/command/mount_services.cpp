// See mount_services.hpp.
#include "servers/rs/command/mount_services.hpp"

#include "lib/base/format.hpp"
#include "servers/rs/service/policy.hpp"

namespace axo::rs {

namespace {

constexpr std::uint32_t file_system_priority = 5;  // as those of the boot archive
constexpr unsigned digits_max = 2;                 // of the number of a service of the table
static_assert(ServiceTable::capacity < 100);

/// A name of a file, from which a label can be made.
bool can_be_program(std::string_view name) {
    const bool fits = !name.empty() && name.size() + 1 + digits_max < label_size;
    return fits && name.find('/') == name.npos && name.find(' ') == name.npos && name.front() != '.';
}

/// Its memory comes from the boot archive where it can: the disk the program lies on may be the one that is mounted.
service::StartRecord record_of(std::string_view program) {
    service::StartRecord record{};
    record.flags = service::start_flag::reuse;
    format(record.command, "/usr/sbin/%.*s", static_cast<int>(program.size()), program.data());
    return record;
}

}  // namespace

/// With the lowest number that no other has. Errors: no_memory (the table is full).
Result<Service *> MountServices::add(std::string_view program) {
    for (unsigned number = 1; number <= ServiceTable::capacity; ++number) {
        char label[label_size];
        const std::size_t bytes = format(label, "%.*s.%u", static_cast<int>(program.size()), program.data(), number);
        const auto added = services_.add({label, bytes});
        if (added || added.error() != Error::exists) return added;
    }
    return Error::no_memory;
}

void MountServices::start(Endpoint caller, const StartFileSystem &request, sef::ReplyTo<StartFileSystem::Reply> reply) {
    if (caller != endpoint::vfs || system_.going_down) return reply.fail(Error::not_permitted);
    const std::string_view program = text_of(request.program);
    if (!can_be_program(program)) return reply.fail(Error::invalid);
    const auto added = add(program);
    if (!added) return reply.fail(added.error());
    Service &service = **added;
    service.phase = Phase::initialising;
    service.flags = service_flag::of_mount;
    service.record = record_of(program);
    service.priority = file_system_priority;
    service.period = policy::default_heartbeat;
    services_.public_entry(service).period = service.period;
    service.mounting = std::move(reply);
    if (life_.begin(service)) return;
    life_.answer(service, Error::no_memory);
    services_.remove(service);
}

void MountServices::stop(Endpoint caller, const StopFileSystem &request, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    Service *service = services_.find(request.process);
    if (service == nullptr) return reply.ok();
    if (!service->has(service_flag::of_mount)) return reply.fail(Error::not_permitted);
    if (service->wish != Wish::none || service->owes_answer()) return reply.fail(Error::busy);
    service->control = std::move(reply);
    life_.grant_wish(*service, Wish::down);
}

}  // namespace axo::rs
