// A driver that does what is written to its device, so that a shell can test what only a service may do. Each write is
// one command; a read gives "ok VALUE", or "error" and its number.
#pragma once

#include <span>
#include <string_view>

#include "lib/driver/character.hpp"

namespace axo::probe {

struct Words {
    std::string_view command, key, value;
};

/// One half of what a probe tells two others in one turn.
struct Half {
    static constexpr std::uint16_t number = device::base + 0x40;
    static constexpr bool idempotent = false;
    using Reply = Nothing;
    std::uint64_t round;
};

template <class P>
struct WithHalf;
template <Request... R>
struct WithHalf<Protocol<R...>> {
    using Requests = Protocol<R..., Half>;
};

class Probe : public driver::CharacterDriver<Probe> {
public:
    using State = driver::CharacterState;
    using Requests = WithHalf<device::CharacterRequests>::Requests;

    explicit Probe(State &state) : CharacterDriver(state) {}

    Status init(const sef::Init &init);
    void activated() { announce_driver(); }

    Result<device::Open::Reply> open(const device::Open &request);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    using CharacterDriver::on;
    void on(Endpoint, const Half &half, sef::ReplyTo<Nothing> reply);
    void write(const device::Write &request, driver::Reply<device::Write> reply);

private:
    using Done = Result<std::uint64_t>;

    Done run(const Words &words);
    /// show KEY: publishes a page as a map. hide KEY: no more. fill N: its first byte.
    Done publish(std::string_view key);
    Done withdraw(std::string_view key);
    Done fill(std::string_view value);
    /// map KEY: puts somebody's map over another page. look: the first byte there.
    Done map(std::string_view key);
    Done look();
    /// copy KEY, recall KEY INDEX: the first byte that a map holds, or held at a snapshot.
    static Done copy(std::string_view key);
    static Done recall(std::string_view key, std::string_view index);
    /// flood PREFIX: publishes numbers until one is refused; how many were not.
    static Done flood(std::string_view prefix);
    /// in PORT: a byte from there.
    static Done port(std::string_view number);
    /// control LABEL down|refresh|restart
    static Done control(std::string_view label, std::string_view wish);

    /// halves N: tells the probes left and right, in one turn and with work in between, that this is round N.
    Done tell_halves(std::string_view round);
    /// digest: of all rounds that it was told of, in their order. told: how many.
    std::uint64_t halves_ = 0, digest_ = 0;

    std::span<std::byte> shown_, mapped_;  // a page each
    sys::Grant grant_;                     // of the shown one
    char answer_[32] = "nothing\n";
    std::size_t answer_bytes_ = 0;
};

}  // namespace axo::probe
