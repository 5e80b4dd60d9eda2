// A device that is open: what all open files of one minor share at one incarnation of its driver. It is to
// a device file what the vnode is to a regular one.
#pragma once

#include "servers/vfs/device/device_map.hpp"
#include "servers/vfs/process/wait.hpp"
#include "servers/vfs/ref.hpp"

namespace axo::vfs {

class DeviceTable;

struct Device {
    DeviceTable *table;
    DeviceKind kind;
    std::uint32_t major, minor;
    Label label;  // of its driver
    Endpoint driver;
    std::uint32_t references = 0;
    bool stale = false;  // that incarnation is gone: EIO
    // Calls that the driver would have made wait. Every report of it lets them try again.
    CallWaitList readers, writers;
    Watch watch;
    ListNode table_node;
    void unreferenced();
};

/// All devices that are open, so that a driver's report, its death or its successor finds them.
class DeviceTable {
public:
    DeviceTable() = default;
    DeviceTable(const DeviceTable &) = delete;
    DeviceTable &operator=(const DeviceTable &) = delete;

    /// The one that is open already, or a new one. Errors: no_memory.
    Result<Ref<Device>> get(DeviceKind kind, std::uint32_t major, std::uint32_t minor, const Label &label,
                            Endpoint driver);
    IntrusiveList<Device, &Device::table_node> &all() { return devices_; }

private:
    IntrusiveList<Device, &Device::table_node> devices_;
};

}  // namespace axo::vfs
