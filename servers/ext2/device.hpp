// The block driver under the volume: opened by label, given vectors of memory to fill or to write.
// When the driver dies, transfers wait for its successor and are issued again: they are idempotent. All
// deadlines of a file system are here: a transfer is answered in 30 s, and so long a successor may be awaited.
#pragma once

#include <span>

#include "axo/device_protocol.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/fs/client_memory.hpp"
#include "lib/sef/sef.hpp"

namespace axo::ext2 {

enum class Direction : std::uint32_t { from_device, to_device };

class Device {
public:
    static constexpr std::size_t max_elements = 64;

    /// Finds the driver by label and opens the minor. Errors: no_device, those of device::Open.
    sef::Async<Status> open(Label label, std::uint32_t minor, bool read_only);
    /// The minor that is open can be written to, or no more. Errors: those of device::Open.
    sef::Async<Status> reopen(bool read_only);
    sef::Async<Status> close();
    /// All bytes, at most max_elements segments. Errors: io.
    sef::Async<Status> transfer(Direction direction, std::uint64_t offset, std::span<const fs::Segment> segments);

    /// The successor of the driver; its minor is open.
    void set_driver(Endpoint driver);
    std::uint64_t bytes() const { return bytes_; }

private:
    /// One request. Errors: dead_peer and service_restarted (repeat at the successor), io.
    sef::Async<Status> transfer_once(Direction direction, std::uint64_t offset, std::span<const fs::Segment> segments);
    sef::Async<Status> wait_for_successor(Endpoint dead);
    void on_deadline() { changed_.signal_all(); }

    Endpoint driver_ = endpoint::none;
    std::uint32_t minor_ = 0;
    std::uint64_t bytes_ = 0;
    sef::Event changed_;  // a new driver, or a deadline of somebody who waits for one
};

}  // namespace axo::ext2
