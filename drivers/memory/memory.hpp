// The memory driver. Block and character minors share one number space: 0 is the RAM disk with the root, 1 an empty
// one, the rest are Linux' minors of /dev/null and its kin.
#pragma once

#include "drivers/memory/ram_disk.hpp"
#include "lib/driver/character.hpp"

namespace axo::memory {

enum class Minor : std::uint32_t { ram_disk = 0, spare_disk = 1, null = 3, zero = 5, full = 7 };

struct MemoryState {
    driver::CharacterState driver;
    RamDisk disk{};
    RamDisk spare{};          // made when it is first opened
    bool spare_lost = false;  // this process may not know what its predecessor's held
};

class Memory : public driver::CharacterDriver<Memory> {
public:
    using State = MemoryState;
    using Requests = Protocol<device::Open, device::Close, device::Read, device::Write, device::Transfer, device::Ioctl,
                              device::Poll, device::Cancel>;

    explicit Memory(State &state) : CharacterDriver(state.driver), state_(state) {}

    Status init(const sef::Init &init);
    void activated() { announce_driver(); }

    using CharacterDriver::on;
    void on(Endpoint caller, const device::Transfer &request, driver::Reply<device::Transfer> reply);

    Result<device::Open::Reply> open(const device::Open &request);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    void write(const device::Write &request, driver::Reply<device::Write> reply);
    void ioctl(const device::Ioctl &request, driver::Reply<device::Ioctl> reply);

private:
    Status map_root_image();
    Status make_spare_disk();
    /// Null: the minor is no disk.
    RamDisk *disk_of(std::uint32_t minor);

    MemoryState &state_;
};

}  // namespace axo::memory
