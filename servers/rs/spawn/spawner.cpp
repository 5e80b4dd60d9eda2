// From an image to a process that has reported.
#include "servers/rs/spawn/spawner.hpp"

#include "axo/pm_protocol.hpp"
#include "axo/signal.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/rights/giver.hpp"
#include "servers/rs/service/policy.hpp"
#include "servers/rs/watch/signals.hpp"

namespace axo::rs {

namespace {

using service::Step;

constexpr std::uint32_t arena_pages = 8, scratch_pages = 8;  // to begin with; they grow

/// The images of services are read with the file system's help, whatever the state of the disk.
bool keeps_copy(const service::StartRecord &record) {
    return (record.flags & (service::start_flag::copy | service::start_flag::reuse)) != 0;
}

/// Time alone says nothing on a loaded machine; the processor time of an init does.
bool works_too_long(Endpoint process) {
    const auto info = sys::process_info(process.value, ProcessSelect::by_endpoint);
    return info && info->user >= policy::init_work_limit;
}

}  // namespace

Status Spawner::open_table() {
    const std::span<const PublicEntry> entries = services_.public_entries();
    state_.table_grant =
        TRY(sys::grants().direct(endpoint::any, entries.data(), entries.size_bytes(), sys::Access::read));
    return {};
}

Init Spawner::init_message(InitKind kind) const {
    Init message{};
    message.kind = kind;
    message.table = state_.table_grant;
    message.table_count = ServiceTable::capacity;
    message.old_version = endpoint::none;
    return message;
}

sef::Async<Status> Spawner::find_image(Service *service, const service::StartRecord *record) {
    service->work.enter(Step::image);
    const bool own_record = record == &service->record;
    if (own_record && service->image != nullptr) {
        state_.images.use(*service->image);
        service->work.image = service->image;
        co_return Status{};
    }
    if ((record->flags & service::start_flag::reuse) != 0) {
        service->work.image = state_.images.share(program_name(text_of(record->command)));
        if (service->work.image != nullptr) co_return Status{};
    }
    auto reading = state_.images.read(record->command);
    const auto image = co_await reading;
    if (!image) co_return image.error();
    service->work.image = *image;
    co_return Status{};
}

void Spawner::drop_image(Service &service) {
    state_.images.release(service.work.image);
    service.work.image = nullptr;
}

sef::Async<Status> Spawner::start_next(Service *service) {
    auto finding = find_image(service, &service->record);
    Status status = co_await finding;
    service->work.watch.lap(service::Phase::image, sys::now());
    if (status) {
        if (keeps_copy(service->record) && service->image == nullptr) {
            state_.images.use(*service->work.image);
            service->image = service->work.image;
        }
        auto starting = make_and_init(service);
        status = co_await starting;
    }
    drop_image(*service);
    service->work.enter(Step::none);
    if (status) {
        become_active(*service);
    } else {
        discard(service->next);
        service->held_signals = 0;
    }
    co_return status;
}

sef::Async<Status> Spawner::make_and_init(Service *service) {
    CO_TRY_VOID(make_process(service, &service->record));
    auto publishing = publish(service);
    Status status = co_await publishing;
    service->work.watch.lap(service::Phase::publish, sys::now());
    const Endpoint process = service->next.endpoint;
    if (status) status = let_run(*service, process, init_message(service->work.kind));
    if (status) {
        auto waiting = await_init(service, process, Step::init);
        status = co_await waiting;
    }
    service->work.watch.lap(service::Phase::init, sys::now());
    co_return status;
}

sef::Async<Status> Spawner::make_process(Service *service, const service::StartRecord *record) {
    service->work.enter(Step::process);
    pm::Spawn spawn{};
    put_text(spawn.name, service->label);
    const auto process = co_await sef::request(endpoint::pm, spawn);
    if (!process) co_return process.error();
    service->next = Instance{};
    service->next.endpoint = process->process;
    service->next.pid = process->pid;
    service->next.since = sys::now();
    auto loading = load(service, record);
    const Status loaded = co_await loading;
    service->work.watch.lap(service::Phase::load, sys::now());
    if (!loaded) discard(service->next);
    co_return loaded;
}

Status Spawner::give_rights(Service &service, const service::StartRecord &record) {
    const Endpoint process = service.next.endpoint;
    const Privileges rights = rights_.of(service, record);
    service.next.privilege_id = TRY(sys::set_system(process, rights));
    service.next.given = service.given.counts;
    return sys::schedule(process, service.priority, Nanoseconds{0});
}

sef::Async<Status> Spawner::load(Service *service, const service::StartRecord *record) {
    const Endpoint process = service->next.endpoint;
    const Status given = give_rights(*service, *record);
    if (!given) co_return given;
    service->work.watch.lap(service::Phase::process, sys::now());
    service->work.enter(Step::load);
    const Image &image = *service->work.image;
    auto granted = sys::Grant::direct(endpoint::vm, image.memory.at(0), image.bytes, sys::Access::read);
    if (!granted) co_return granted.error();
    const axo::vm::Spawn request{process, granted->id(), image.bytes, arena_pages, scratch_pages};
    const auto loaded = co_await sef::request(endpoint::vm, request);
    if (!loaded) co_return loaded.error();
    const axo::vm::SetMask mask{process, 0, Rights::vm_calls(*service, *record)};
    const auto masked = co_await sef::request(endpoint::vm, mask);
    if (!masked) co_return masked.error();
    co_return sys::exec(process, loaded->entry, loaded->stack_pointer, service->label);
}

Status Spawner::let_run(Service &service, Endpoint process, Init message) {
    service.work.expected = process;
    service.work.init_came = false;
    TRY(sys::privilege_control(process, PrivilegeRequest::allow));
    Instance &instance = *instance_of(service, process);
    instance.runs = true;
    bring_up_to_date(service, instance);
    message.restarts = service.restarts;
    message.schema = service.version.schema;
    return sef::tell(process, message);
}

sef::Async<Status> Spawner::await_init(Service *service, Endpoint process, Step step) {
    Work &work = service->work;
    work.enter(step, sys::now() + policy::init_limit);
    bool let_run_before = false;  // in an earlier turn: what this one changed is not looked at
    while (!work.init_came) {
        const Instance *instance = instance_of(*service, process);
        if (instance == nullptr || instance->dead) break;
        if (!work.killed && let_run_before && (sys::now() >= work.until || works_too_long(process))) {
            sys::log("%s does not finish its init; it is killed", service->label.text);
            work.killed = sys::kill(process, signal::kill).has_value();
        }
        co_await news_.of(*service);
        let_run_before = true;
    }
    work.expected = endpoint::none;
    if (work.killed) co_return Error::timed_out;
    if (!work.init_came) co_return Error::dead_peer;
    if (work.init_result < 0) co_return error_from_wire(work.init_result);
    co_return Status{};
}

/// An accepted one runs on at once; one that failed stays blocked here until it is removed.
void Spawner::on_ready(Service &service, const InitReady &request, sef::ReplyTo<Nothing> reply) {
    service.work.init_came = true;
    service.work.init_result = request.result;
    service.work.version = Version::of(request);
    if (request.result >= 0)
        reply.ok();
    else
        reply.abandon();
    news_.tell(service);
}

/// The next process takes the place of the active one, which is gone.
void Spawner::become_active(Service &service) {
    const Instance old = service.active;
    services_.set_active(service, service.next);
    service.next = old;
    discard(service.next);
    service.version = service.work.version;
    service.phase = Phase::running;
    service.flags &= ~(service_flag::healthy | service_flag::armed);
    service.started = sys::now();
    pass_on_held(service);
    heartbeats_.ping(service);
}

void Spawner::discard(Instance &instance) {
    if (!instance.exists()) return;
    const pm::DestroyService destroy{instance.endpoint};
    static_cast<void>(sef::tell(endpoint::pm, destroy));
    instance = Instance{};
}

}  // namespace axo::rs
