// What names the next process for others: its label in DS, its majors in VFS.
#include "axo/ds_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/grants.hpp"
#include "servers/rs/service/majors.hpp"
#include "servers/rs/spawn/spawner.hpp"

namespace axo::rs {

/// The label and the majors name the next process from here on. What the predecessor published goes.
sef::Async<Status> Spawner::publish(Service *service) {
    service->work.enter(service::Step::publish);
    if (service->work.kind == InitKind::restart) {
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
    auto mapping = map_majors(service);
    co_return co_await mapping;
}

sef::Async<Status> Spawner::map_majors(Service *service) {
    for (const DeviceMajor &major : majors_of(*service)) {
        if (major.major == 0) continue;
        vfs::MapDriver request{};
        request.driver = service->next.endpoint;
        request.major = major.major;
        request.block = major.block ? 1 : 0;
        put_text(request.label, service->label);
        const auto answer = co_await sef::request(endpoint::vfs, request);
        if (!answer) co_return answer.error();
    }
    co_return Status{};
}

}  // namespace axo::rs
