#include "drivers/hello/message.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::hello {

std::string_view part_at(std::string_view message, std::uint64_t position, std::uint64_t bytes) {
    if (position >= message.size()) return {};
    return message.substr(position, bytes);
}

void answer_read(std::string_view message, const device::Read &request, driver::Reply<device::Read> reply) {
    const std::string_view part = part_at(message, request.offset, request.bytes);
    if (!part.empty()) {
        const Status copied = sys::safe_copy_to(reply.caller(), request.buffer, 0, part.data(), part.size());
        if (!copied) return reply.fail(copied.error());
    }
    reply.ok({.bytes = part.size()});
}

void answer_write(const device::Write &request, driver::Reply<device::Write> reply) {
    if (request.bytes > 0) return reply.fail(Error::invalid);
    reply.ok({.bytes = 0});
}

void log_start(std::string_view message, rs::InitKind kind) {
    const auto length = static_cast<int>(message.size() - 1);  // without its newline
    switch (kind) {
        case rs::InitKind::fresh: return sys::log("%.*s", length, message.data());
        case rs::InitKind::restart: return sys::log("%.*s (I have just been restarted)", length, message.data());
        case rs::InitKind::update: return sys::log("%.*s (I am a new version)", length, message.data());
    }
}

void log_open(std::uint64_t opens) { sys::log("called %llu time(s)", static_cast<unsigned long long>(opens)); }

}  // namespace axo::hello
