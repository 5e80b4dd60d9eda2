// What a service may do, composed anew for each of its processes: send masks go by privilege ids, which change with
// every incarnation (ref 3.5). Nothing is changed here.
#pragma once

#include "servers/rs/boot/boot_table.hpp"
#include "servers/rs/service/service_table.hpp"

namespace axo::rs {

/// The root file system as the loader left it: what the memory driver serves.
struct RootImage {
    PhysAddr start{0};
    std::uint64_t bytes = 0;
};

class Rights {
public:
    Rights(ServiceTable &services, const RootImage &root) : services_(services), root_(root) {}

    /// Of a process of this service: by its row of the boot table, else by the record.
    Privileges of(const Service &service, const service::StartRecord &record);
    /// Which requests VM takes from it.
    static std::uint64_t vm_calls(const Service &service, const service::StartRecord &record);
    /// Of a boot service that exists already.
    Privileges at_boot(const BootEntry &entry) const;

private:
    Privileges of_boot_service(const BootEntry &entry);
    Privileges of_started(const Service &service, const service::StartRecord &record);
    void add_root(Privileges &rights, const BootEntry &entry) const;
    void add_peer(Privileges &rights, std::string_view label);
    void add_listed(Privileges &rights, std::string_view list);
    void add_who_may_send(Privileges &rights, const Service &to);

    ServiceTable &services_;
    const RootImage &root_;
};

}  // namespace axo::rs
