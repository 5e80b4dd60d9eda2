#include "drivers/random/random.hpp"

#include <algorithm>

#include "lib/sys/kernel.hpp"
#include "lib/sys/processor.hpp"

namespace axo::random {

namespace {

constexpr std::size_t chunk_bytes = 4096;
constexpr std::uint64_t slice_bytes = 64 * 1024;  // what one reader gets before it is the next one's turn
// Between two slices whatever waits is received. An alarm that is due precedes it all, pings too: without a pause
// nobody else would be heard for as long as a read goes on.
constexpr Nanoseconds slice_pause{50'000};
constexpr Nanoseconds gather_period = seconds(10);

}  // namespace

Status Random::init(const sef::Init &init) {
    starting(init.kind);
    if (init.kind == rs::InitKind::update) return {};
    add_processor_jitter(state_.generator, state_.meter);
    add_processor_random(state_.generator);
    state_.generator.force_reseed();
    return {};
}

void Random::activated() {
    announce_driver();
    gather_timer_.set(gather_period);
    if (!state_.reading.empty()) slice_timer_.set(slice_pause);
}

/// The alarm comes with the clock's interrupt; when it arrives here depends on all that runs.
void Random::on_gather_time() {
    note_event();
    add_processor_random(state_.generator);
    state_.generator.reseed();
    gather_timer_.set(gather_period);
}

void Random::note_event() {
    const std::uint64_t time = sys::timestamp();
    state_.generator.add(time, state_.meter.judge(time));
}

Result<device::Open::Reply> Random::open(const device::Open &request) {
    switch (static_cast<Minor>(request.minor)) {
        case Minor::random:
        case Minor::urandom:
            note_event();
            return device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = 0};
    }
    return Error::no_device_address;
}

void Random::close(std::uint32_t minor) { state_.reading.finish_minor(minor, Error::io); }

void Random::read(const device::Read &request, driver::Reply<device::Read> reply) {
    note_event();
    const std::uint64_t first = std::min(request.bytes, slice_bytes);
    const auto given = give(reply.caller(), request.buffer, 0, first);
    if (!given) return reply.fail(given.error());
    if (first == request.bytes) return reply.ok({.bytes = first});
    state_.reading.add(request, std::move(reply), first);
    slice_timer_.set(slice_pause);
}

/// The next slice of the read that waits longest. The requests that came meanwhile are served first.
void Random::on_slice_time() {
    if (state_.reading.empty()) return;
    auto &pending = state_.reading.front();
    const std::uint64_t bytes = std::min(pending.bytes - pending.done, slice_bytes);
    const auto given = give(pending.reply.caller(), pending.buffer, pending.done, bytes);
    if (given) pending.done += *given;
    if (!given || pending.done == pending.bytes) {
        pending.finish(given ? Error::io : given.error());
        state_.reading.remove_front();
    }
    if (!state_.reading.empty()) slice_timer_.set(slice_pause);
}

/// Gives out `bytes` at `offset` of the buffer; all of them or an error of the copy.
Result<std::uint64_t> Random::give(Endpoint to, GrantId buffer, std::uint64_t offset, std::uint64_t bytes) {
    std::byte chunk[chunk_bytes];
    for (std::uint64_t done = 0; done < bytes;) {
        const std::uint64_t part = std::min<std::uint64_t>(bytes - done, chunk_bytes);
        if (state_.generator.wants_reseed()) {
            add_processor_random(state_.generator);
            state_.generator.reseed();
        }
        state_.generator.fill(std::span(chunk).first(part));
        TRY(sys::safe_copy_to(to, buffer, offset + done, chunk, part));
        done += part;
    }
    return bytes;
}

void Random::write(const device::Write &request, driver::Reply<device::Write> reply) {
    note_event();
    std::byte chunk[chunk_bytes];
    const std::uint64_t bytes = std::min(request.bytes, slice_bytes);
    for (std::uint64_t done = 0; done < bytes;) {
        const std::uint64_t part = std::min<std::uint64_t>(bytes - done, chunk_bytes);
        const Status copied = sys::safe_copy_from(reply.caller(), request.buffer, done, chunk, part);
        if (!copied) return reply.fail(copied.error());
        state_.generator.add(std::span<const std::byte>(chunk).first(part));
        done += part;
    }
    reply.ok({.bytes = bytes});
}

}  // namespace axo::random
