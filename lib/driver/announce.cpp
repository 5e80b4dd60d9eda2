#include "lib/driver/announce.hpp"

#include "axo/device_protocol.hpp"
#include "lib/sys/announce.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::driver {

Status announce(rs::InitKind kind) {
    if (kind == rs::InitKind::update) return {};
    // At a first start there was no predecessor: what is queued already is meant for this one.
    if (kind == rs::InitKind::restart) TRY(sys::state_control());
    return sys::announce(device::up_event_prefix);
}

}  // namespace axo::driver
