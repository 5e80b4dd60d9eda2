// The first user program of the whole system: starts hello, reads from it, and reads from it again whenever it can.
#include <cstring>
#include <string>

#include "axo/rs_protocol.hpp"
#include "axo/service_request.hpp"
#include "test/host/whole/programs.hpp"

namespace {

using namespace axo;
using whole::linux_call;
using whole::report;

constexpr unsigned read_call = 0, open_call = 2, close_call = 3, nanosleep_call = 35;

std::uint64_t address(const void *pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

std::int64_t start_hello() {
    static_assert(sizeof(service::StartRecord) < 8192);
    service::StartRecord record{};
    record.major = 17;
    record.flags = service::start_flag::copy;
    std::strcpy(record.label, "hello");
    std::strcpy(record.command, "/usr/sbin/hello");
    return linux_call(rs::user_call, static_cast<std::uint64_t>(service::Command::up), address(&record), sizeof record);
}

/// What a new open and one read give, or which of them failed and how.
std::string greeting() {
    const std::int64_t file = linux_call(open_call, address("/dev/hello"), 0);
    if (file < 0) return "open " + std::to_string(file);
    char text[64];
    const std::int64_t bytes = linux_call(read_call, static_cast<std::uint64_t>(file), address(text), sizeof text);
    linux_call(close_call, static_cast<std::uint64_t>(file));
    return bytes < 0 ? "read " + std::to_string(bytes) : std::string(text, static_cast<std::size_t>(bytes));
}

}  // namespace

extern "C" int axo_main_init() {
    report("up " + std::to_string(start_hello()));
    for (;;) {
        report(greeting());
        const std::uint64_t pause[2] = {0, 1'000'000};
        linux_call(nanosleep_call, address(pause), 0);
    }
}
