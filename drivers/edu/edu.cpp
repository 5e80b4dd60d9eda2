// See edu.hpp.
#include "drivers/edu/edu.hpp"

#include <algorithm>

#include "drivers/edu/attach.hpp"
#include "drivers/edu/number_text.hpp"
#include "lib/base/format.hpp"

namespace axo::edu {

namespace {
constexpr std::size_t text_max = 12;  // of a number of 32 bits, with its newline
}

Status Edu::init(const sef::Init &init) {
    starting(init.kind);
    return {};
}

/// After an update the device is attached already, and may have finished meanwhile.
void Edu::activated() {
    if (state_.memory.exists())
        begin();
    else
        attach();
}

sef::Task Edu::attach() {
    auto attaching = attach_device();
    const auto attached = co_await attaching;
    if (!attached) {
        sys::log("no device: error %d", static_cast<int>(attached.error()));
    } else {
        state_.memory = attached->memory;
        state_.line = attached->line;
        if (registers().is_there()) {
            registers().reset();
            state_.computing = registers().is_computing();  // what a predecessor began, and its client still waits for
        } else {
            sys::log("what is there is no edu device");
            state_.memory.free();
        }
    }
    begin();
}

void Edu::begin() {
    if (state_.memory.exists()) {
        const auto hook = sys::irq_control(IrqRequest::set_policy, state_.line, 0);
        if (!hook) sys::panic("no interrupt for the device: error %d", static_cast<int>(hook.error()));
        hook_ = *hook;
        interrupted();
    }
    announce_driver();
}

void Edu::on_notification(Endpoint source, std::uint64_t) {
    if (source == endpoint::hardware) interrupted();
}

/// The line may be another device's too: the registers say whose interrupt it is.
void Edu::interrupted() {
    const auto device = registers();
    const std::uint32_t causes = device.pending();
    if (causes != 0) device.acknowledge(causes);
    if (state_.computing && !device.is_computing()) {
        state_.computing = false;
        state_.has_result = true;
        state_.result = device.result();
        readiness_changed(minor_edu);
    }
    if (!sys::irq_control(IrqRequest::enable, hook_)) sys::panic("the device's interrupt cannot be enabled");
}

std::uint32_t Edu::ready(std::uint32_t) {
    if (state_.computing) return 0;
    return device::poll_event::in | device::poll_event::out | device::poll_event::read_again |
           device::poll_event::write_again;
}

Result<device::Open::Reply> Edu::open(const device::Open &request) {
    if (request.minor != minor_edu || !state_.memory.exists()) return Error::no_device_address;
    return device::Open::Reply{.minor = minor_edu, .became_controlling = 0, .size = 0};
}

/// Nobody waits here: whoever asked is told to try again, and when.
template <typename R>
void Edu::wait(const R &request, driver::Reply<R> reply, std::uint32_t until) {
    if (!may_not_wait(request, reply, until)) reply.fail(Error::again);
}

void Edu::read(const device::Read &request, driver::Reply<device::Read> reply) {
    if (state_.computing) return wait(request, std::move(reply), device::poll_event::read_again);
    char text[text_max];
    const std::size_t length = state_.has_result ? format(text, "%u\n", state_.result) : 0;
    const std::uint64_t left = request.offset < length ? length - request.offset : 0;
    const std::uint64_t bytes = std::min(left, request.bytes);
    Status copied{};
    if (bytes != 0) copied = sys::safe_copy_to(reply.caller(), request.buffer, 0, text + request.offset, bytes);
    if (copied)
        reply.ok({.bytes = bytes});
    else
        reply.fail(copied.error());
}

void Edu::write(const device::Write &request, driver::Reply<device::Write> reply) {
    if (state_.computing) return wait(request, std::move(reply), device::poll_event::write_again);
    char text[text_max];
    if (request.bytes > sizeof text) return reply.fail(Error::invalid);
    const Status copied = sys::safe_copy_from(reply.caller(), request.buffer, 0, text, request.bytes);
    if (!copied) return reply.fail(copied.error());
    const auto number = number_in({text, request.bytes});
    if (!number) return reply.fail(number.error());
    state_.computing = true;
    state_.has_result = false;
    registers().compute_factorial(*number);
    reply.ok({.bytes = request.bytes});
}

}  // namespace axo::edu
