// The log driver: takes new text out of the kernel's ring when the kernel says there is some, keeps
// more of it than the kernel does, and hands it to readers. Every open is a minor of its own, so
// that each reader sees everything.
#pragma once

#include "drivers/log/log_text.hpp"
#include "lib/driver/character.hpp"
#include "lib/driver/pending.hpp"

namespace axo::log {

struct Reader {
    std::uint32_t minor;
    std::uint64_t position;
};

struct LogState {
    driver::CharacterState driver;
    std::uint64_t kernel_position = 0;
    std::uint32_t last_minor = 0;
    Vector<Reader> readers;
    driver::PendingQueue<device::Read> waiting;
    LogText<64 * 1024> text;
};

class Log : public driver::CharacterDriver<Log> {
public:
    using State = LogState;

    explicit Log(State &state) : CharacterDriver(state.driver), state_(state) {}

    Status init(const sef::Init &init);
    void activated();
    void on_notification(Endpoint source, std::uint64_t bits);

    Result<device::Open::Reply> open(const device::Open &request);
    void close(std::uint32_t minor);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    void write(const device::Write &request, driver::Reply<device::Write> reply);
    std::uint32_t ready(std::uint32_t minor);
    bool cancel(Endpoint requester, std::uint64_t tag) { return state_.waiting.cancel(requester, tag); }

private:
    void fetch();
    void serve_waiting();
    Result<std::uint64_t> deliver(Endpoint to, GrantId buffer, std::uint64_t bytes, Reader &reader);
    Reader *find(std::uint32_t minor);
    bool in_use(std::uint32_t minor) const;

    State &state_;
};

}  // namespace axo::log
