#include "drivers/log/log.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::log {

namespace {
constexpr std::size_t fetch_chunk = 2048;
constexpr std::uint64_t max_line = 2000;  // what one diagnostics call takes
constexpr std::uint32_t minor_klog = 0;
}  // namespace

Status Log::init(const sef::Init &init) {
    starting(init.kind);
    if (init.kind != rs::InitKind::update) state_.readers.clear();
    return {};
}

void Log::activated() {
    announce_driver();
    fetch();
}

void Log::on_notification(Endpoint source, std::uint64_t bits) {
    if (source == endpoint::system && (bits & kernel_signal::log_text) != 0) fetch();
}

/// Takes over what the kernel has; then whoever waits for text gets it.
void Log::fetch() {
    char chunk[fetch_chunk];
    for (;;) {
        const auto part = sys::get_log(state_.kernel_position, chunk);
        if (!part || part->bytes == 0) break;
        state_.kernel_position = part->next_position;
        state_.text.append(std::span(chunk).first(part->bytes));
    }
    serve_waiting();
    for (const auto &reader : state_.readers) readiness_changed(reader.minor);
}

void Log::serve_waiting() {
    for (std::size_t i = 0; i < state_.waiting.size();) {
        auto &pending = state_.waiting[i];
        Reader *reader = find(pending.minor);
        if (reader == nullptr || reader->position == state_.text.end()) {
            ++i;
            continue;
        }
        const auto bytes = deliver(pending.reply.caller(), pending.buffer, pending.bytes, *reader);
        if (bytes)
            pending.reply.ok({.bytes = *bytes});
        else
            pending.reply.fail(bytes.error());
        state_.waiting.remove(i);
    }
}

Result<device::Open::Reply> Log::open(const device::Open &request) {
    if (request.minor != minor_klog) return Error::no_device_address;
    do {
        if (++state_.last_minor == 0x1'0000) state_.last_minor = 1;
    } while (in_use(state_.last_minor));
    TRY(state_.readers.push_back({state_.last_minor, state_.text.oldest()}));
    return device::Open::Reply{.minor = state_.last_minor, .became_controlling = 0, .size = 0};
}

void Log::close(std::uint32_t minor) {
    state_.waiting.finish_minor(minor, Error::io);
    for (std::size_t i = 0; i < state_.readers.size(); ++i) {
        if (state_.readers[i].minor != minor) continue;
        state_.readers.swap_remove(i);
        return;
    }
}

void Log::read(const device::Read &request, driver::Reply<device::Read> reply) {
    Reader *reader = find(request.minor);
    if (reader == nullptr) return reply.fail(Error::service_restarted);
    if (request.bytes == 0) return reply.ok({.bytes = 0});
    if (reader->position == state_.text.end()) {
        if (may_not_wait(request, reply, device::poll_event::read_again)) return;
        return state_.waiting.add(request, std::move(reply), 0);
    }
    const auto bytes = deliver(reply.caller(), request.buffer, request.bytes, *reader);
    if (!bytes) return reply.fail(bytes.error());
    reply.ok({.bytes = *bytes});
}

/// The position moves only when the text has arrived.
Result<std::uint64_t> Log::deliver(Endpoint to, GrantId buffer, std::uint64_t bytes, Reader &reader) {
    std::uint64_t position = reader.position;
    std::uint64_t done = 0;
    while (done < bytes && position != state_.text.end()) {
        const auto part = state_.text.from(position);
        const std::uint64_t count = std::min<std::uint64_t>(part.size(), bytes - done);
        TRY(sys::safe_copy_to(to, buffer, done, part.data(), count));
        done += count;
        position += count;
    }
    reader.position = position;
    return done;
}

void Log::write(const device::Write &request, driver::Reply<device::Write> reply) {
    char line[max_line];
    const std::uint64_t bytes = std::min(request.bytes, max_line);
    if (bytes == 0) return reply.ok({.bytes = 0});
    const Status copied = sys::safe_copy_from(reply.caller(), request.buffer, 0, line, bytes);
    if (!copied) return reply.fail(copied.error());
    const Status logged = sys::diagnostics({line, bytes});
    if (!logged) return reply.fail(logged.error());
    reply.ok({.bytes = bytes});
}

std::uint32_t Log::ready(std::uint32_t minor) {
    const Reader *reader = find(minor);
    std::uint32_t events = device::poll_event::out;
    if (reader != nullptr && reader->position != state_.text.end())
        events |= device::poll_event::in | device::poll_event::read_again;
    return events;
}

Reader *Log::find(std::uint32_t minor) {
    for (Reader &reader : state_.readers)
        if (reader.minor == minor) return &reader;
    return nullptr;
}

bool Log::in_use(std::uint32_t minor) const {
    for (const Reader &reader : state_.readers)
        if (reader.minor == minor) return true;
    return false;
}

}  // namespace axo::log
