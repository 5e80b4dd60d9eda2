// All services, and the public part that every service may read through the grant in its Init message (ref 3.1).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "axo/error.hpp"
#include "servers/rs/service/service.hpp"

namespace axo::rs {

class ServiceTable {
public:
    static constexpr std::size_t capacity = 96;

    /// A new service in phase `created`; its process, if it has one already. Errors: exists (label in use), no_memory
    /// (table full), invalid (label empty or too long).
    Result<Service *> add(std::string_view label, Endpoint process = endpoint::none);
    void remove(Service &service);
    /// From now on this process is the one that owns the label.
    void set_active(Service &service, const Instance &instance);

    /// The service this is a process of, be it the active one or the next.
    Service *find(Endpoint process);
    Service *find(std::string_view label);

    std::span<Service> all() { return services_; }
    /// Entries with an empty label are unused.
    std::span<const PublicEntry> public_entries() const { return public_; }
    PublicEntry &public_entry(const Service &service) { return public_[index_of(service)]; }
    std::size_t index_of(const Service &service) const { return static_cast<std::size_t>(&service - services_.data()); }

private:
    std::array<Service, capacity> services_;
    std::array<PublicEntry, capacity> public_{};
};

/// The process of the service that has this endpoint, or null.
Instance *instance_of(Service &service, Endpoint process);

}  // namespace axo::rs
