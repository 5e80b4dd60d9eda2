// SPAWN: a process from an image, step by step; nobody is waited for but by coroutines. The order of what others can
// see of a new service: its process, its calls, its label, its majors; then it runs (ref 3.6).
#include "axo/ds_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/policy.hpp"
#include "servers/rs/server.hpp"

namespace axo::rs {

namespace {

constexpr std::uint32_t arena_pages = 8, scratch_pages = 8;  // to begin with; they grow
constexpr int signal_kill = 9;

/// The images of services are read with the file system's help, whatever the state of the disk.
bool keeps_copy(const service::StartRecord &record) {
    return (record.flags & (service::start_flag::copy | service::start_flag::reuse)) != 0;
}

}  // namespace

/// The image to start from, counted once: the kept copy, one that another service keeps, or the file.
sef::Async<Result<Image *>> Server::image_of(Service *service, const service::StartRecord *record) {
    const bool own_record = record == &service->record;
    if (own_record && service->image != nullptr) {
        state_.images.use(*service->image);
        co_return service->image;
    }
    if ((record->flags & service::start_flag::reuse) != 0) {
        if (Image *shared = state_.images.share(program_name(text_of(record->command)))) co_return shared;
    }
    auto reading = state_.images.read(record->command);
    co_return co_await reading;
}

/// A process beside the active one, started and ready; then it is the active one and the other is gone. On an error the
/// active one is as before. Errors: those of every step, dead_peer (died in init), timed_out (hangs there), its own.
sef::Async<Status> Server::start_next(Service *service, InitKind kind) {
    auto finding = image_of(service, &service->record);
    const auto image = co_await finding;
    service->watch.lap(service::Phase::image, sys::now());
    if (!image) co_return image.error();
    if (keeps_copy(service->record) && service->image == nullptr) {
        state_.images.use(**image);
        service->image = *image;
    }
    auto making = make_process(service, &service->record, *image);
    Status status = co_await making;
    state_.images.release(*image);
    if (status) {
        auto publishing = publish(service, kind);
        status = co_await publishing;
        service->watch.lap(service::Phase::publish, sys::now());
    }
    const Endpoint process = service->next.endpoint;
    if (status) status = let_run(*service, process, kind, endpoint::none);
    if (status) {
        auto waiting = await_init(service, process, policy::init_limit);
        status = co_await waiting;
    }
    service->watch.lap(service::Phase::init, sys::now());
    if (status)
        become_active(*service);
    else
        discard(service->next);
    co_return status;
}

/// service->next: a stopped process with rights, memory and registers.
sef::Async<Status> Server::make_process(Service *service, const service::StartRecord *record, Image *image) {
    pm::Spawn spawn{};
    put_text(spawn.name, service->label);
    const auto process = co_await sef::request(endpoint::pm, spawn);
    if (!process) co_return process.error();
    service->next = Instance{};
    service->next.endpoint = process->process;
    service->next.pid = process->pid;
    service->next.since = sys::now();
    auto loading = load(service, record, image);
    const Status loaded = co_await loading;
    service->watch.lap(service::Phase::load, sys::now());
    if (!loaded) discard(service->next);
    co_return loaded;
}

sef::Async<Status> Server::load(Service *service, const service::StartRecord *record, Image *image) {
    const Endpoint process = service->next.endpoint;
    Privileges rights = rights_of(*service, record);
    const Status allowed = sys::privilege_control(process, PrivilegeRequest::set_system, &rights);
    if (!allowed) co_return allowed.error();
    const Status read = sys::privilege_control(process, PrivilegeRequest::read, &rights);
    if (!read) co_return read.error();
    service->next.privilege_id = rights.id;
    const Status scheduled = sys::schedule(process, service->priority, Nanoseconds{0});
    if (!scheduled) co_return scheduled.error();
    service->watch.lap(service::Phase::process, sys::now());
    auto granted = sys::Grant::direct(endpoint::vm, image->data, image->bytes, sys::Access::read);
    if (!granted) co_return granted.error();
    const axo::vm::Spawn request{process, granted->id(), image->bytes, arena_pages, scratch_pages};
    const auto loaded = co_await sef::request(endpoint::vm, request);
    if (!loaded) co_return loaded.error();
    const axo::vm::SetMask mask{process, 0, basic_vm_calls() | record->vm_calls};
    const auto masked = co_await sef::request(endpoint::vm, mask);
    if (!masked) co_return masked.error();
    co_return sys::exec(process, loaded->entry, loaded->stack_pointer, service->label);
}

/// The label and the majors name the next process from here on. What the predecessor published goes.
sef::Async<Status> Server::publish(Service *service, InitKind kind) {
    if (kind == InitKind::restart) {
        ds::DropLabel drop{};
        put_text(drop.label, service->label);
        static_cast<void>(co_await sef::request(endpoint::ds, drop));
    }
    auto key = sys::Grant::direct(endpoint::ds, service->label.text, service->label.size(), sys::Access::read);
    if (!key) co_return key.error();
    ds::Publish label{};
    label.type = ds::Type::label;
    label.flags = ds::flag::overwrite;
    label.key = key->id();
    label.key_bytes = static_cast<std::uint32_t>(service->label.size());
    label.value = service->next.endpoint.value;
    label.data = invalid_grant;
    const auto published = co_await sef::request(endpoint::ds, label);
    if (!published) co_return published.error();
    auto mapping = map_majors(service, service->next.endpoint);
    co_return co_await mapping;
}

sef::Async<Status> Server::map_majors(Service *service, Endpoint driver) {
    DeviceMajor majors[2] = {{service->record.major, (service->record.flags & service::start_flag::block_device) != 0},
                             {0, false}};
    if (const BootEntry *entry = find_boot_entry(service->label))
        std::copy(entry->majors.begin(), entry->majors.end(), majors);
    for (const DeviceMajor &major : majors) {
        if (major.major == 0) continue;
        vfs::MapDriver request{};
        request.driver = driver;
        request.major = major.major;
        request.block = major.block ? 1 : 0;
        put_text(request.label, service->label);
        const auto answer = co_await sef::request(endpoint::vfs, request);
        if (!answer) co_return answer.error();
    }
    co_return Status{};
}

Status Server::let_run(Service &service, Endpoint process, InitKind kind, Endpoint old_version) {
    service.expected = process;
    service.init_came = false;
    TRY(sys::privilege_control(process, PrivilegeRequest::allow));
    Init message{};
    message.kind = kind;
    message.table = state_.table_grant;
    message.table_count = ServiceTable::capacity;
    message.restarts = service.restarts;
    message.old_version = old_version;
    message.schema = service.schema;
    return sef::tell(process, message);
}

/// Errors: dead_peer, timed_out (it was killed), the init's own.
sef::Async<Status> Server::await_init(Service *service, Endpoint process, Nanoseconds limit) {
    const Nanoseconds deadline = sys::now() + limit;
    bool killed = false;
    while (!service->init_came) {
        const Instance *instance = instance_of(*service, process);
        if (instance == nullptr || instance->dead) break;
        if (!killed && (sys::now() >= deadline || works_too_long(process))) {
            sys::log("%s does not finish its init; it is killed", service->label.text);
            killed = sys::kill(process, signal_kill).has_value();
        }
        auto waiting = news(service);
        static_cast<void>(co_await waiting);
    }
    service->expected = endpoint::none;
    if (killed) co_return Error::timed_out;
    if (!service->init_came) co_return Error::dead_peer;
    if (service->init_result < 0) co_return error_from_wire(service->init_result);
    co_return Status{};
}

/// Time alone says nothing on a loaded machine; the processor time of an init does.
bool Server::works_too_long(Endpoint process) const {
    const auto info = sys::process_info(process.value, ProcessSelect::by_endpoint);
    return info && info->user >= policy::init_work_limit;
}

/// The next process takes the place of the active one, which is gone.
void Server::become_active(Service &service) {
    const Instance old = service.active;
    state_.services.set_active(service, service.next);
    service.next = old;
    discard(service.next);
    service.phase = Phase::running;
    service.flags &= ~(service_flag::healthy | service_flag::armed);
    service.started = sys::now();
    ping(service, service.started);
}

/// PM ends the process and tells VFS and VM; nobody waits for that.
void Server::discard(Instance &instance) {
    if (!instance.exists()) return;
    const pm::DestroyService destroy{instance.endpoint};
    static_cast<void>(sef::tell(endpoint::pm, destroy));
    instance = Instance{};
}

}  // namespace axo::rs
