// The random driver: any number of readers, each given as much as it asked for, a slice at a time so
// that a long read holds nobody up.
#pragma once

#include "drivers/random/generator.hpp"
#include "drivers/random/sources.hpp"
#include "lib/driver/character.hpp"
#include "lib/driver/pending.hpp"

namespace axo::random {

enum class Minor : std::uint32_t { random = 8, urandom = 9 };  // as on Linux

struct RandomState {
    driver::CharacterState driver;
    Generator generator;
    JitterMeter meter;
    driver::PendingQueue<device::Read> reading;  // long reads, served in turn
};

class Random : public driver::CharacterDriver<Random> {
public:
    using State = RandomState;

    explicit Random(State &state) : CharacterDriver(state.driver), state_(state) {}

    Status init(const sef::Init &init);
    void activated();

    /// Errors: no_device_address.
    Result<device::Open::Reply> open(const device::Open &request);
    void close(std::uint32_t minor);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    /// Adds to the pool. Takes at most one slice; the caller writes the rest again.
    void write(const device::Write &request, driver::Reply<device::Write> reply);
    bool cancel(Endpoint requester, std::uint64_t tag) { return state_.reading.cancel(requester, tag); }

private:
    void on_gather_time();
    void on_slice_time();
    void note_event();
    Result<std::uint64_t> give(Endpoint to, GrantId buffer, std::uint64_t offset, std::uint64_t bytes);

    State &state_;
    sef::Timer gather_timer_{bind<&Random::on_gather_time>(*this)};
    sef::Timer slice_timer_{bind<&Random::on_slice_time>(*this)};
};

}  // namespace axo::random
