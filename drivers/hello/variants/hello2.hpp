// The hello driver, version 2: its counter of opens is wider, and it counts reads as well. An update
// from version 1 shows a State that changed.
#pragma once

#include "drivers/hello/hello.hpp"
#include "lib/sef/migrate.hpp"

namespace axo::hello2 {

struct OpenCount {
    std::uint64_t value;
};

/// For the live update from version 1.
inline void migrate(OpenCount &now, const hello::OpenCount &before) { now.value = before.value; }

struct HelloState {
    driver::CharacterState driver;
    OpenCount opens{};
    std::uint64_t reads = 0;  // new here: version 1 did not know it

    using Migrations = sef::Migrations<sef::Migration<"opens", &HelloState::opens, hello::OpenCount>>;
};

class Hello : public driver::CharacterDriver<Hello> {
public:
    using State = HelloState;
    static constexpr std::string_view message = "Hello, World! This is version 2.\n";

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

}  // namespace axo::hello2
