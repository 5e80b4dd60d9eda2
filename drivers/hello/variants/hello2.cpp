#include "drivers/hello/variants/hello2.hpp"

#include "lib/sys/log.hpp"

namespace axo::hello2 {

Status Hello::init(const sef::Init &init) {
    starting(init.kind);
    if (init.kind != rs::InitKind::update) {
        state_.opens = {};
        state_.reads = 0;
    }
    hello::log_start(message, init.kind);
    return {};
}

Result<device::Open::Reply> Hello::open(const device::Open &request) {
    if (request.minor != hello::minor_hello) return Error::no_device_address;
    hello::log_open(++state_.opens.value);
    return device::Open::Reply{.minor = hello::minor_hello, .became_controlling = 0, .size = 0};
}

void Hello::close(std::uint32_t) {
    sys::log("closed, after %llu reads in all", static_cast<unsigned long long>(state_.reads));
}

void Hello::read(const device::Read &request, driver::Reply<device::Read> reply) {
    ++state_.reads;
    hello::answer_read(message, request, std::move(reply));
}

void Hello::write(const device::Write &request, driver::Reply<device::Write> reply) {
    hello::answer_write(request, std::move(reply));
}

}  // namespace axo::hello2
