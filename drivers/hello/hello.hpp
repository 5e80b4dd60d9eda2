// The hello driver, version 1: a text to read and a counter of opens.
#pragma once

#include "drivers/hello/message.hpp"
#include "lib/driver/character.hpp"

namespace axo::hello {

inline constexpr std::uint32_t minor_hello = 0;

/// A type of its own, so that a later version can say how its counter is made from it.
struct OpenCount {
    std::uint32_t value;
};

struct HelloState {
    driver::CharacterState driver;
    OpenCount opens{};
};

class Hello : public driver::CharacterDriver<Hello> {
public:
    using State = HelloState;
    static constexpr std::string_view message = "Hello, World!\n";

    explicit Hello(State &state) : CharacterDriver(state.driver), state_(state) {}

    Status init(const sef::Init &init);
    void activated() { announce_driver(); }

    /// Errors: no_device_address.
    Result<device::Open::Reply> open(const device::Open &request);
    void close(std::uint32_t minor);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    void write(const device::Write &request, driver::Reply<device::Write> reply);

private:
    State &state_;
};

}  // namespace axo::hello
