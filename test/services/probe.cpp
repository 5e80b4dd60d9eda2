#include "test/services/probe.hpp"

#include "axo/shared.hpp"
#include "lib/base/format.hpp"
#include "lib/sys/ds.hpp"
#include "lib/sys/vm.hpp"

namespace axo::probe {

namespace {

std::string_view take_word(std::string_view &text) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word(text.data(), end);
    text.remove_prefix(end == text.size() ? end : end + 1);
    return word;
}

std::uint64_t number_in(std::string_view digits) {
    std::uint64_t number = 0;
    for (const char digit : digits) number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    return number;
}

Result<std::span<std::byte>> page() {
    const auto region = TRY(sys::vm::allocate_region(page_size));
    return std::span(reinterpret_cast<std::byte *>(region.address.value), page_size);
}

/// Of memory that another process writes.
Result<std::uint64_t> first_byte(SharedBytes memory) { return TRY(memory.at<Shared<std::uint8_t>>(0))->load(); }

/// Where the loop is the compiler must not know, or there is no work left to be struck in.
void work() {
    for (unsigned left = 1000; left != 0; --left) asm volatile("" ::: "memory");
}

}  // namespace

Status Probe::init(const sef::Init &init) {
    starting(init.kind);
    shown_ = TRY(page());
    mapped_ = TRY(page());
    return {};
}

Result<device::Open::Reply> Probe::open(const device::Open &request) {
    return device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = 0};
}

void Probe::read(const device::Read &request, driver::Reply<device::Read> reply) {
    if (request.offset >= answer_bytes_) return reply.ok({.bytes = 0});
    const std::uint64_t bytes = std::min<std::uint64_t>(request.bytes, answer_bytes_ - request.offset);
    const Status copied = sys::safe_copy_to(reply.caller(), request.buffer, 0, answer_ + request.offset, bytes);
    if (!copied) return reply.fail(copied.error());
    reply.ok({.bytes = bytes});
}

void Probe::write(const device::Write &request, driver::Reply<device::Write> reply) {
    char text[128];
    if (request.bytes > sizeof text) return reply.fail(Error::too_big);
    const Status copied = sys::safe_copy_from(reply.caller(), request.buffer, 0, text, request.bytes);
    if (!copied) return reply.fail(copied.error());
    std::string_view left(text, request.bytes);
    Words words;
    words.command = take_word(left);
    words.key = take_word(left);
    words.value = take_word(left);
    const Done done = run(words);
    answer_bytes_ = done ? format(answer_, "ok %llu\n", static_cast<unsigned long long>(*done))
                         : format(answer_, "error %d\n", static_cast<int>(done.error()));
    reply.ok({.bytes = request.bytes});
}

Probe::Done Probe::run(const Words &words) {
    if (words.command == "show") return publish(words.key);
    if (words.command == "hide") return withdraw(words.key);
    if (words.command == "fill") return fill(words.key);
    if (words.command == "look") return look();
    if (words.command == "map") return map(words.key);
    if (words.command == "copy") return copy(words.key);
    if (words.command == "snapshot") return sys::ds::take_snapshot(words.key);
    if (words.command == "recall") return recall(words.key, words.value);
    if (words.command == "number") return sys::ds::retrieve_number(words.key);
    if (words.command == "flood") return flood(words.key);
    if (words.command == "control") return control(words.key, words.value);
    if (words.command == "in") return port(words.key);
    if (words.command == "halves") return tell_halves(words.key);
    if (words.command == "told") return halves_;
    if (words.command == "digest") return digest_;
    return Error::no_syscall;
}

Probe::Done Probe::publish(std::string_view key) {
    grant_ = TRY(sys::ds::publish_map(key, shown_));
    return 0;
}

Probe::Done Probe::withdraw(std::string_view key) {
    TRY(sys::ds::remove(key, ds::Type::map));
    grant_.reset();
    return 0;
}

Probe::Done Probe::fill(std::string_view value) {
    shown_.front() = static_cast<std::byte>(number_in(value));
    return 0;
}

Probe::Done Probe::look() { return first_byte({mapped_.data(), mapped_.size()}); }

Probe::Done Probe::map(std::string_view key) {
    const auto shared = TRY(sys::ds::share_map(key));
    TRY(sys::safe_map(endpoint::ds, shared.grant, 0, mapped_.data(), page_size, sys::MapAccess::read));
    return shared.bytes;
}

Probe::Done Probe::copy(std::string_view key) {
    std::byte first{};
    TRY(sys::ds::copy_map(key, {&first, 1}));
    return std::to_integer<std::uint64_t>(first);
}

Probe::Done Probe::recall(std::string_view key, std::string_view index) {
    std::byte first{};
    TRY(sys::ds::copy_snapshot(key, number_in(index), {&first, 1}));
    return std::to_integer<std::uint64_t>(first);
}

Probe::Done Probe::flood(std::string_view prefix) {
    for (std::uint64_t count = 0;; ++count) {
        char key[64];
        const std::size_t length = format(key, "%.*s%llu", static_cast<int>(prefix.size()), prefix.data(),
                                          static_cast<unsigned long long>(count));
        if (const Status published = sys::ds::publish_number({key, length}, count); !published) {
            if (published.error() == Error::no_memory) return count;
            return published.error();
        }
    }
}

Probe::Done Probe::port(std::string_view number) {
    constexpr unsigned byte = 1;
    return TRY(sys::port_in(static_cast<std::uint16_t>(number_in(number)), byte));
}

Probe::Done Probe::tell_halves(std::string_view round) {
    const Endpoint left = TRY(sys::ds::endpoint_of("left")), right = TRY(sys::ds::endpoint_of("right"));
    const Half half{number_in(round)};
    work();
    TRY(sef::tell(left, half));
    work();
    TRY(sef::tell(right, half));
    work();
    return half.round;
}

void Probe::on(Endpoint, const Half &half, sef::ReplyTo<Nothing> reply) {
    reply.abandon();  // it was told, not asked
    ++halves_;
    digest_ = (digest_ * 31 + half.round) % 1'000'003;
}

Probe::Done Probe::control(std::string_view label, std::string_view wish) {
    rs::Control request{};
    put_text(request.label, label);
    request.command = wish == "down"      ? rs::ControlCommand::down
                      : wish == "refresh" ? rs::ControlCommand::refresh
                      : wish == "restart" ? rs::ControlCommand::restart
                                          : rs::ControlCommand{};
    TRY(sys::call(endpoint::rs, request));
    return 0;
}

}  // namespace axo::probe
