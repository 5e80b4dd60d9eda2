// Majors of services.
#include "servers/rs/service/majors.hpp"

namespace axo::rs {

std::array<DeviceMajor, 2> majors_of(const Service &service) {
    if (const BootEntry *entry = find_boot_entry(service.label)) return entry->majors;
    const bool block = (service.record.flags & service::start_flag::block_device) != 0;
    return {DeviceMajor{service.record.major, block}, DeviceMajor{0, false}};
}

const Service *driver_of(ServiceTable &services, DeviceMajor major) {
    if (major.major == 0) return nullptr;
    for (const Service &service : services.all()) {
        if (service.phase == Phase::free) continue;
        for (const DeviceMajor own : majors_of(service))
            if (own.major == major.major && own.block == major.block) return &service;
    }
    return nullptr;
}

}  // namespace axo::rs
