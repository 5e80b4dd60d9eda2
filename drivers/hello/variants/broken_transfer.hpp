// For tests: versions whose State changed and whose counter of opens is not carried over. `How` says what happens
// instead, in its own migrate.
#pragma once

#include "drivers/hello/hello.hpp"
#include "lib/sef/migrate.hpp"

namespace axo::hello {

template <class How>
struct BrokenCount {
    std::uint64_t value;
};

template <class How>
Status migrate(BrokenCount<How> &now, const OpenCount &before) {
    now.value = before.value;
    return How::migrate();
}

template <class How>
struct BrokenState {
    driver::CharacterState driver;
    BrokenCount<How> opens{};
    using Migrations = sef::Migrations<sef::Migration<"opens", &BrokenState::opens, OpenCount>>;
};

template <class How>
struct BrokenTransfer : driver::CharacterDriver<BrokenTransfer<How>> {
    using State = BrokenState<How>;
    explicit BrokenTransfer(State &state) : driver::CharacterDriver<BrokenTransfer<How>>(state.driver) {}
    Status init(const sef::Init &init) {
        this->starting(init.kind);
        return {};
    }
    Result<device::Open::Reply> open(const device::Open &) { return Error::no_device_address; }
};

}  // namespace axo::hello
