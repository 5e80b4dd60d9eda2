// The first user program of the whole system. It starts hello and is several processes then, which all go on for ever:
// one reads from hello, one answers whoever sits at the terminal, one reads the kernel's log, one looks at /proc.
#include <cstdio>
#include <cstring>

#include "axo/rs_protocol.hpp"
#include "axo/service_request.hpp"
#include "lib/sef/update.hpp"
#include "test/host/whole/programs.hpp"

namespace {

using namespace axo;
using whole::linux_call;
using whole::report;

constexpr unsigned read_call = 0, write_call = 1, open_call = 2, close_call = 3, nanosleep_call = 35, fork_call = 57;
constexpr int read_only = 0, read_write = 2, no_controlling_terminal = 0400;

std::uint64_t address(const void *pointer) { return reinterpret_cast<std::uint64_t>(pointer); }
std::uint64_t word(std::int64_t number) { return static_cast<std::uint64_t>(number); }

std::int64_t open(const char *path, int flags) { return linux_call(open_call, address(path), word(flags)); }
std::int64_t read(std::int64_t file, char *into, std::size_t bytes) {
    return linux_call(read_call, word(file), address(into), bytes);
}
void write(std::int64_t file, const char *text) {
    linux_call(write_call, word(file), address(text), std::strlen(text));
}
void close(std::int64_t file) { linux_call(close_call, word(file)); }
void pause_a_moment() {
    const std::uint64_t pause[2] = {0, 50'000'000};
    linux_call(nanosleep_call, address(pause), 0);
}

std::int64_t command(service::Command what, const service::StartRecord &record) {
    return linux_call(rs::user_call, static_cast<std::uint64_t>(what), address(&record), sizeof record);
}

std::int64_t start_hello() {
    service::StartRecord record{};
    record.major = 17;
    record.flags = service::start_flag::copy;
    std::strcpy(record.label, "hello");
    std::strcpy(record.command, "/usr/sbin/hello");
    return command(service::Command::up, record);
}

/// As `service update` does it, with the hash of the State before and after.
std::int64_t update(const char *label, const char *program) {
    service::StartRecord record{};
    record.flags = service::start_flag::inherit | service::start_flag::verify;
    record.update_state = sef::update_state::work_free;
    std::snprintf(record.label, sizeof record.label, "%s", label);
    std::snprintf(record.command, sizeof record.command, "/usr/sbin/%s", program);
    return command(service::Command::update, record);
}

void report_result(const char *who, const char *what, std::int64_t result) {
    char text[64];
    std::snprintf(text, sizeof text, "%s %ld", what, result);
    report(who, text);
}

/// What a new open and one read give, up to the first line's end, or which of them failed and how.
void report_line(const char *who, const char *path) {
    const std::int64_t file = open(path, read_only);
    if (file < 0) return report_result(who, "open", file);
    char text[512];
    const std::int64_t bytes = read(file, text, sizeof text - 1);
    close(file);
    if (bytes < 0) return report_result(who, "read", bytes);
    text[bytes] = '\0';
    report(who, std::string_view(text, std::strcspn(text, "\n")));
}

[[noreturn]] void read_for_ever(const char *who, const char *path) {
    for (;;) {
        report_line(who, path);
        pause_a_moment();
    }
}

/// "update LABEL PROGRAM" is done; everybody else is greeted.
void answer(std::int64_t terminal, const char *line) {
    char text[96], label[32], program[32];
    if (std::sscanf(line, "update %31s %31s", label, program) == 2) {
        const std::int64_t result = update(label, program);
        std::snprintf(text, sizeof text, "%s to %s: %ld\n", label, program, result);
    } else {
        std::snprintf(text, sizeof text, "good day, %s\n", line);
    }
    write(terminal, text);
}

/// Asks who is there and answers, line by line, until the driver is gone.
void talk_at(std::int64_t terminal) {
    for (;;) {
        write(terminal, "who? ");
        char name[64];
        const std::int64_t bytes = read(terminal, name, sizeof name - 1);
        if (bytes < 0) return report_result("terminal", "read", bytes);
        name[bytes] = '\0';
        name[std::strcspn(name, "\n")] = '\0';
        answer(terminal, name);
    }
}

[[noreturn]] void talk() {
    for (;;) {
        const std::int64_t terminal = open("/dev/console", read_write | no_controlling_terminal);
        if (terminal < 0) report_result("terminal", "open", terminal);
        if (terminal >= 0) talk_at(terminal);
        close(terminal);
        pause_a_moment();
    }
}

/// What the kernel logs, as it comes, until the driver is gone.
void follow_log_in(std::int64_t log) {
    for (;;) {
        char text[256];
        const std::int64_t bytes = read(log, text, sizeof text);
        if (bytes < 0) return report_result("log", "read", bytes);
        report("log", std::string_view(text, word(bytes)));
    }
}

[[noreturn]] void follow_log() {
    for (;;) {
        const std::int64_t log = open("/dev/klog", read_only);
        if (log < 0) report_result("log", "open", log);
        if (log >= 0) follow_log_in(log);
        close(log);
        pause_a_moment();
    }
}

bool is_child() {
    const std::int64_t child = linux_call(fork_call);
    if (child < 0) report_result("init", "fork", child);
    return child == 0;
}

}  // namespace

extern "C" int axo_main_init() {
    report_result("init", "up", start_hello());
    if (is_child()) talk();
    if (is_child()) follow_log();
    if (is_child()) read_for_ever("proc", "/proc/self/status");
    read_for_ever("hello", "/dev/hello");
}
