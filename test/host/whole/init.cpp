// The first user program of the whole system: starts hello, reads from it, and reads from it again whenever it can.
#include <cstdio>
#include <cstring>

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

void report_result(const char *what, std::int64_t result) {
    char text[64];
    std::snprintf(text, sizeof text, "%s %ld", what, result);
    report(text);
}

/// What a new open and one read give, or which of them failed and how.
void report_greeting() {
    const std::int64_t file = linux_call(open_call, address("/dev/hello"), 0);
    if (file < 0) return report_result("open", file);
    char text[64];
    const std::int64_t bytes = linux_call(read_call, static_cast<std::uint64_t>(file), address(text), sizeof text);
    linux_call(close_call, static_cast<std::uint64_t>(file));
    if (bytes < 0) return report_result("read", bytes);
    report({text, static_cast<std::size_t>(bytes)});
}

}  // namespace

extern "C" int axo_main_init() {
    report_result("up", start_hello());
    for (;;) {
        report_greeting();
        const std::uint64_t pause[2] = {0, 1'000'000};
        linux_call(nanosleep_call, address(pause), 0);
    }
}
