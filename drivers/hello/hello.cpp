#include "drivers/hello/hello.hpp"

#include "lib/sys/log.hpp"

namespace axo::hello {

Status Hello::init(const sef::Init &init) {
    starting(init.kind);
    if (init.kind != rs::InitKind::update) state_.opens = {};
    log_start(message, init.kind);
    return {};
}

Result<device::Open::Reply> Hello::open(const device::Open &request) {
    if (request.minor != minor_hello) return Error::no_device_address;
    log_open(++state_.opens.value);
    return device::Open::Reply{.minor = minor_hello, .became_controlling = 0, .size = 0};
}

void Hello::close(std::uint32_t) { sys::log("closed"); }

void Hello::read(const device::Read &request, driver::Reply<device::Read> reply) {
    answer_read(message, request, std::move(reply));
}

void Hello::write(const device::Write &request, driver::Reply<device::Write> reply) {
    answer_write(request, std::move(reply));
}

}  // namespace axo::hello
