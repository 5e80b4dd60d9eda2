// Labels are unique among all services that are not free.
#include "servers/rs/service/service_table.hpp"

namespace axo::rs {

Result<Service *> ServiceTable::add(std::string_view label, Endpoint process) {
    if (label.empty() || label.size() >= label_size) return Error::invalid;
    if (find(label) != nullptr) return Error::exists;
    for (Service &service : services_) {
        if (service.phase != Phase::free) continue;
        service = Service{};
        service.label = Label::cut(label);
        service.phase = Phase::created;
        put_text(public_entry(service).label, label);
        Instance instance{};
        instance.endpoint = process;
        set_active(service, instance);
        return &service;
    }
    return Error::no_memory;
}

void ServiceTable::remove(Service &service) {
    public_entry(service) = PublicEntry{};
    service = Service{};
}

void ServiceTable::set_active(Service &service, const Instance &instance) {
    service.active = instance;
    public_entry(service).endpoint = instance.endpoint;
}

Service *ServiceTable::find(Endpoint process) {
    for (Service &service : services_)
        if (service.phase != Phase::free && instance_of(service, process) != nullptr) return &service;
    return nullptr;
}

Service *ServiceTable::find(std::string_view label) {
    for (Service &service : services_)
        if (service.phase != Phase::free && service.label == label) return &service;
    return nullptr;
}

Instance *instance_of(Service &service, Endpoint process) {
    if (!process.is_process()) return nullptr;
    if (service.active.endpoint == process) return &service.active;
    return service.next.endpoint == process ? &service.next : nullptr;
}

}  // namespace axo::rs
