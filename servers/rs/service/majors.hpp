// Which device majors a service serves, and who serves one already: a major has one driver.
#pragma once

#include "servers/rs/boot/boot_table.hpp"
#include "servers/rs/service/service_table.hpp"

namespace axo::rs {

/// By its row of the boot table, else by its start record. Major 0: none.
std::array<DeviceMajor, 2> majors_of(const Service &service);

/// The service, dead or alive, that this major belongs to, or null. `service down` gives it back.
const Service *driver_of(ServiceTable &services, DeviceMajor major);

}  // namespace axo::rs
