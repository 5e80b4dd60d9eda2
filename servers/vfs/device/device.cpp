// See device.hpp.
#include "servers/vfs/device/device.hpp"

#include "lib/base/owned.hpp"

namespace axo::vfs {

void Device::unreferenced() { destroy(arena_heap(), this); }

Result<Ref<Device>> DeviceTable::get(DeviceKind kind, std::uint32_t major, std::uint32_t minor, const Label &label,
                                     Endpoint driver) {
    for (Device &device : devices_) {
        const bool same = device.kind == kind && device.major == major && device.minor == minor;
        if (same && device.driver == driver && !device.stale) return Ref<Device>(&device);
    }
    void *const memory = TRY(arena_heap().allocate(sizeof(Device), alignof(Device)));
    auto *device = ::new (memory) Device{.table = this,
                                         .kind = kind,
                                         .major = major,
                                         .minor = minor,
                                         .label = label,
                                         .driver = driver,
                                         .readers = {},
                                         .writers = {},
                                         .watch = {},
                                         .table_node = {}};
    devices_.push_back(*device);
    return Ref<Device>(device);
}

}  // namespace axo::vfs
