// From the first instruction of RS to a system that is up.
#include "servers/rs/boot/boot.hpp"

#include <algorithm>

#include "axo/exit_code.hpp"
#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/rs/service/policy.hpp"
#include "servers/rs/watch/signals.hpp"

namespace axo::rs {

namespace {

constexpr Nanoseconds boot_limit = seconds(60);

[[noreturn]] void boot_failed(std::string_view who, Error why) {
    sys::log("boot failed: %.*s: error %d", static_cast<int>(who.size()), who.data(), static_cast<int>(why));
    static_cast<void>(sys::shutdown(ShutdownHow::test_exit, static_cast<int>(ExitCode::core_service_died)));
    sys::exit(1);
}

/// The first user process: the kernel made it without memory; it runs when it has executed a program.
Status release_init() {
    TRY(sys::privilege_control(endpoint::init, PrivilegeRequest::set_user));
    return sys::privilege_control(endpoint::init, PrivilegeRequest::allow);
}

}  // namespace

Boot::Boot(State &state, ServiceTable &services, SystemState &system, Rights &rights, Spawner &spawner, Life &life,
           Heartbeats &heartbeats)
    : state_(state),
      services_(services),
      system_(system),
      rights_(rights),
      spawner_(spawner),
      life_(life),
      heartbeats_(heartbeats),
      deadline_(bind<&Boot::on_deadline>(*this)) {}

Status Boot::prepare() {
    TRY(read_description());
    for (const BootEntry &entry : boot_table()) {
        if (!expected(entry)) continue;
        if (const Status added = register_service(entry); !added) boot_failed(entry.label, added.error());
        ++state_.services;
    }
    return {};
}

Status Boot::read_description() {
    BootDescription description;
    TRY(sys::get_info(InfoKind::boot, &description, sizeof description));
    const std::size_t count = std::min<std::size_t>(description.module_count, std::size(description.modules));
    for (std::size_t i = 0; i < count; ++i) {
        const BootModule &module = description.modules[i];
        state_.images[i] = module;
        if (module.role == BootRole::service) state_.slots |= 1ull << (module.endpoint.slot() % 64);
        if (module.role != BootRole::root_image) continue;
        state_.root.start = module.start;
        state_.root.bytes = module.bytes;
    }
    return {};
}

/// The core must be in the boot archive; of the others those that are.
bool Boot::expected(const BootEntry &entry) const {
    return entry.core || (state_.slots >> entry.endpoint.slot() & 1) != 0;
}

Status Boot::register_service(const BootEntry &entry) {
    Service *service = TRY(services_.add(entry.label, entry.endpoint));
    service->flags = service_flag::boot | (entry.core ? service_flag::core : 0u);
    service->priority = entry.priority;
    service->active.privilege_id = entry.endpoint.slot();
    PublicEntry &shown = services_.public_entry(*service);
    shown.flags = service->flags;
    shown.major = entry.majors[0].major;
    if (entry.endpoint == endpoint::rs) {
        service->phase = Phase::running;
        return {};
    }
    Privileges privileges = rights_.at_boot(entry);
    return sys::privilege_control(entry.endpoint, PrivilegeRequest::set_system, &privileges);
}

void Boot::begin() {
    deadline_.set(boot_limit);
    for (const BootEntry &entry : boot_table())
        if (entry.awaited) start(*services_.find(entry.endpoint));
}

void Boot::start(Service &service) {
    const Endpoint process = service.active.endpoint;
    if (const Status allowed = sys::privilege_control(process, PrivilegeRequest::allow); !allowed)
        boot_failed(service.label, allowed.error());
    service.active.runs = true;
    service.phase = Phase::initialising;
    service.work.enter(service::Step::init);
    service.work.expected = process;
    const Init message = spawner_.init_message(InitKind::fresh);
    if (const Status told = sef::tell(process, message); !told) boot_failed(service.label, told.error());
}

sef::Task Boot::start_others() {
    auto copying = copy_images();
    if (const Status copied = co_await copying; !copied) boot_failed("copies of images", copied.error());
    for (const BootEntry &entry : boot_table()) {
        Service *service = services_.find(entry.endpoint);
        if (service == nullptr || service->phase != Phase::created) continue;
        const axo::vm::SetMask mask{entry.endpoint, 0, entry.vm_calls};
        if (const Status told = sef::tell(endpoint::vm, mask); !told) boot_failed(entry.label, told.error());
        start(*service);
    }
}

/// RS keeps a copy of what it may have to start, or to start again, when no file system can be read.
sef::Async<Status> Boot::copy_images() {
    for (const BootModule &module : state_.images) {
        const BootEntry *entry =
            module.role == BootRole::service && module.bytes != 0 ? find_boot_entry(module.endpoint) : nullptr;
        if (entry == nullptr || (entry->core && entry->mounts.empty())) continue;
        const char *const name = entry->mounts.empty() ? module.name : entry->mounts.data();
        MemoryRange range{module.start, (module.bytes + page_size - 1) & ~(page_size - 1)};
        const Status added = sys::privilege_control(endpoint::rs, PrivilegeRequest::add_memory, &range);
        if (!added) co_return added.error();
        auto copying = spawner_.images().copy_physical(name, module.start, module.bytes);
        const auto image = co_await copying;
        if (!image) co_return image.error();
        // The copy of a file system's program belongs to nobody: it is there for the mounts to come.
        if (entry->mounts.empty()) services_.find(module.endpoint)->image = *image;
    }
    co_return Status{};
}

void Boot::on_ready(Service &service, const InitReady &request, sef::ReplyTo<Nothing> reply) {
    if (request.result < 0) {
        reply.abandon();  // it stays blocked and never runs
        boot_failed(service.label, error_from_wire(request.result));
    }
    service.phase = Phase::running;
    service.work.enter(service::Step::none);
    service.started = sys::now();
    service.version = Version::of(request);
    reply.ok();
    pass_on_held(service);
    if (++state_.ready == 1) start_others();
    if (state_.ready + 1 == state_.services) {
        deadline_.cancel();
        finish();
    }
}

sef::Task Boot::finish() {
    system_.up = true;
    const Status mapped = co_await map_drivers();
    if (!mapped) boot_failed("device map", mapped.error());
    if (const Status released = release_init(); !released) boot_failed("init", released.error());
    const pm::StartInit request{};
    const auto started = co_await sef::request(endpoint::pm, request, sef::no_deadline);
    if (!started) boot_failed("init", started.error());
    watch_services();
    heartbeats_.start();
}

/// From now on the services of the boot archive are looked after like any other; of the core, which has no image to be
/// started from, that means updates only.
void Boot::watch_services() {
    for (Service &service : services_.all()) {
        if (service.phase == Phase::running) learn_pid(&service);
        if (service.phase != Phase::running || service.active.endpoint == endpoint::rs) continue;
        if (service.image != nullptr) service.period = policy::default_heartbeat;
        if (!life_.begin(service)) boot_failed(service.label, Error::no_memory);
    }
}

sef::Task Boot::learn_pid(Service *service) {
    const Endpoint process = service->active.endpoint;
    const pm::LookupPid question{process};
    const auto answer = co_await sef::request(endpoint::pm, question);
    if (answer && service->active.endpoint == process) service->active.pid = answer->pid;
}

sef::Async<Status> Boot::map_drivers() {
    for (const BootEntry &entry : boot_table()) {
        for (const DeviceMajor &major : entry.majors) {
            if (major.major == 0 || !expected(entry)) continue;
            vfs::MapDriver request{};
            request.driver = entry.endpoint;
            request.major = major.major;
            request.block = major.block ? 1 : 0;
            put_text(request.label, entry.label);
            const auto answer = co_await sef::request(endpoint::vfs, request);
            if (!answer) co_return answer.error();
        }
    }
    co_return Status{};
}

void Boot::on_deadline() {
    for (const Service &service : services_.all())
        if (service.phase == Phase::initialising || service.phase == Phase::created)
            boot_failed(service.label, Error::timed_out);
}

}  // namespace axo::rs
