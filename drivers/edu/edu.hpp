// /dev/edu: a number that is written is given to the device, and a read gives its factorial when that is computed. A
// write while it computes waits for its turn.
#pragma once

#include "drivers/edu/mapped.hpp"
#include "lib/driver/character.hpp"

namespace axo::edu {

inline constexpr std::uint32_t minor_edu = 0;

struct EduState {
    driver::CharacterState driver;
    sys::Region memory;  // of the device; none: there is no device
    std::uint32_t line = 0;
    std::uint32_t result = 0;
    bool has_result = false;
    bool computing = false;
};

class Edu : public driver::CharacterDriver<Edu> {
public:
    using State = EduState;
    explicit Edu(State &state) : CharacterDriver(state.driver), state_(state) {}

    Status init(const sef::Init &init);
    void activated();
    void on_notification(Endpoint source, std::uint64_t bits);

    /// Errors: no_device_address (no such minor, or no device).
    Result<device::Open::Reply> open(const device::Open &request);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    void write(const device::Write &request, driver::Reply<device::Write> reply);
    std::uint32_t ready(std::uint32_t minor);

private:
    /// Finds the device, and begins when it is there.
    sef::Task attach();
    void begin();
    void interrupted();
    template <typename R>
    void wait(const R &request, driver::Reply<R> reply, std::uint32_t until);
    Registers<MappedBus> registers() const { return Registers(MappedBus(state_.memory)); }

    State &state_;
    unsigned hook_ = 0;
};

}  // namespace axo::edu
