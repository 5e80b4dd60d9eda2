// All services, and the public part that every service may read through the grant in its Init message (ref 3.1).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "axo/error.hpp"
#include "servers/rs/service.hpp"

namespace axo::rs {

class ServiceTable {
public:
    static constexpr std::size_t capacity = 128;

    /// A new service in phase `created`. Errors: exists (label in use), no_memory (table full), invalid (empty label).
    Result<Service *> add(std::string_view label, Endpoint endpoint);
    void remove(Service &service);
    /// The service lives on under another endpoint.
    void rebind(Service &service, Endpoint endpoint);

    Service *find(Endpoint endpoint);
    Service *find(std::string_view label);

    std::span<Service> all() { return services_; }
    /// Entries with an empty label are unused.
    std::span<const PublicEntry> public_entries() const { return public_; }
    PublicEntry &public_entry(const Service &service) { return public_[index_of(service)]; }

private:
    std::size_t index_of(const Service &service) const { return static_cast<std::size_t>(&service - services_.data()); }

    std::array<Service, capacity> services_;
    std::array<PublicEntry, capacity> public_{};
};

}  // namespace axo::rs
