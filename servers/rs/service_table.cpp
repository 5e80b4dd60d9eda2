// Labels are unique among all services that are not free.
#include "servers/rs/service_table.hpp"

namespace axo::rs {

Result<Service *> ServiceTable::add(std::string_view label, Endpoint endpoint) {
    if (label.empty() || label.size() >= label_size) return Error::invalid;
    if (find(label) != nullptr) return Error::exists;
    for (Service &service : services_) {
        if (service.phase != Phase::free) continue;
        service = Service{};
        service.label = Label::cut(label);
        service.phase = Phase::created;
        put_text(public_entry(service).label, label);
        rebind(service, endpoint);
        return &service;
    }
    return Error::no_memory;
}

void ServiceTable::remove(Service &service) {
    public_entry(service) = PublicEntry{};
    service = Service{};
}

void ServiceTable::rebind(Service &service, Endpoint endpoint) {
    service.endpoint = endpoint;
    public_entry(service).endpoint = endpoint;
}

Service *ServiceTable::find(Endpoint endpoint) {
    for (Service &service : services_)
        if (service.phase != Phase::free && service.endpoint == endpoint) return &service;
    return nullptr;
}

Service *ServiceTable::find(std::string_view label) {
    for (Service &service : services_)
        if (service.phase != Phase::free && service.label == label) return &service;
    return nullptr;
}

}  // namespace axo::rs
