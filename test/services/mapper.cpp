// For tests of safe_map: a driver that shows two pages to another one of its kind. What is written to its device
// is a command:
//
//   grant ENDPOINT r|w      its pages may be mapped by that process
//   revoke                  what `grant` allowed
//   map ENDPOINT GRANT r|w  that process' pages in place of its own
//   unmap
//   put TEXT                at the start of each page, by storing there
//
// A read gives "GRANT TEXT TEXT": the id of the last grant, and what lies at the start of each page.
#include "axo/shared.hpp"
#include "lib/base/format.hpp"
#include "lib/driver/character.hpp"
#include "lib/sys/grants.hpp"

namespace axo::mapper {
namespace {

constexpr std::size_t pages = 2, text_max = 32;

/// Takes the next word off the front.
std::string_view next_word(std::string_view &text) {
    const std::size_t end = text.find(' ');
    const std::string_view word(text.data(), end == text.npos ? text.size() : end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return word;
}

Result<std::uint32_t> next_number(std::string_view &text) {
    const std::string_view digits = next_word(text);
    if (digits.empty() || digits.size() > 9) return Error::invalid;
    std::uint32_t value = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return Error::invalid;
        value = value * 10 + static_cast<std::uint32_t>(digit - '0');
    }
    return value;
}

struct MapperState {
    driver::CharacterState driver;
    GrantId grant = invalid_grant;
};

class Mapper : public driver::CharacterDriver<Mapper> {
public:
    using State = MapperState;

    explicit Mapper(State &state) : CharacterDriver(state.driver), state_(state) {}

    /// The pages lie outside of the state: what the grant table, which is part of it, points to must not be in the
    /// image.
    Status init(const sef::Init &init) {
        starting(init.kind);
        const auto begin = reinterpret_cast<std::uintptr_t>(TRY(scratch_heap().allocate((pages + 1) * page_size)));
        memory_ = reinterpret_cast<char *>((begin + page_size - 1) / page_size * page_size);
        std::memset(memory_, 0, pages * page_size);
        return {};
    }
    void activated() { announce_driver(); }

    Result<device::Open::Reply> open(const device::Open &request) {
        return device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = 0};
    }

    void read(const device::Read &request, driver::Reply<device::Read> reply) {
        char line[2 * text_max + 16];
        char texts[pages][text_max + 1] = {};
        for (std::size_t page = 0; page < pages; ++page)
            (void)shown().copy_out(page * page_size, std::as_writable_bytes(std::span(texts[page], text_max)));
        const std::size_t length = format(line, "%d %s %s\n", state_.grant.value, texts[0], texts[1]);
        if (request.offset >= length) return reply.ok({.bytes = 0});
        const std::uint64_t bytes = std::min<std::uint64_t>(length - request.offset, request.bytes);
        const Status copied = sys::safe_copy_to(reply.caller(), request.buffer, 0, line + request.offset, bytes);
        if (!copied) return reply.fail(copied.error());
        reply.ok({.bytes = bytes});
    }

    void write(const device::Write &request, driver::Reply<device::Write> reply) {
        char line[80];
        if (request.bytes == 0 || request.bytes > sizeof line) return reply.fail(Error::invalid);
        const Status copied = sys::safe_copy_from(reply.caller(), request.buffer, 0, line, request.bytes);
        if (!copied) return reply.fail(copied.error());
        std::string_view text(line, request.bytes);
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (const Status done = obey(text); !done) return reply.fail(done.error());
        reply.ok({.bytes = request.bytes});
    }

private:
    Status obey(std::string_view text) {
        const std::string_view command = next_word(text);
        if (command == "grant") return grant(text);
        if (command == "revoke") {
            sys::grants().revoke(state_.grant);
            return {};
        }
        if (command == "map") return map(text);
        if (command == "unmap") return sys::safe_unmap(memory_);
        if (command == "put") return put(text);
        return Error::no_syscall;
    }

    Status grant(std::string_view text) {
        const Endpoint grantee{TRY(next_number(text))};
        const sys::Access access = text == "w" ? sys::Access::map_read_write : sys::Access::map_read;
        state_.grant = TRY(sys::grants().direct(grantee, memory_, pages * page_size, access));
        return {};
    }

    Status map(std::string_view text) {
        const Endpoint granter{TRY(next_number(text))};
        const GrantId grant{static_cast<std::int32_t>(TRY(next_number(text)))};
        const sys::MapAccess access = text == "w" ? sys::MapAccess::write : sys::MapAccess::read;
        return sys::safe_map(granter, grant, 0, memory_, pages * page_size, access);
    }

    Status put(std::string_view text) {
        if (text.size() >= text_max) return Error::too_big;
        char line[text_max] = {};
        std::memcpy(line, text.data(), text.size());
        for (std::size_t page = 0; page < pages; ++page)
            TRY(shown().copy_in(page * page_size, std::as_bytes(std::span(line, text.size() + 1))));
        return {};
    }

    /// The pages, where the other one may be storing.
    SharedBytes shown() const { return {memory_, pages * page_size}; }

    State &state_;
    char *memory_ = nullptr;
};

}  // namespace
}  // namespace axo::mapper

int main() { return axo::sef::run<axo::mapper::Mapper>({.update = axo::sef::ready_when::always}); }
