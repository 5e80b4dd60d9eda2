// The memory driver. Block and character minors share one number space: 0 is the RAM disk, the rest
// are Linux' minors of /dev/null and its kin.
#pragma once

#include "drivers/memory/ram_disk.hpp"
#include "lib/driver/character.hpp"

namespace axo::memory {

enum class Minor : std::uint32_t { ram_disk = 0, null = 3, zero = 5, full = 7 };

struct MemoryState {
    driver::CharacterState driver;
    RamDisk disk{};
};

class Memory : public driver::CharacterDriver<Memory> {
public:
    using State = MemoryState;
    using Requests = Protocol<device::Open, device::Close, device::Read, device::Write, device::Transfer, device::Ioctl,
                              device::Poll, device::Cancel>;

    explicit Memory(State &state) : CharacterDriver(state.driver), disk_(state.disk) {}

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

    RamDisk &disk_;
};

}  // namespace axo::memory
