#include "commands/service/print.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "axo/error.hpp"

namespace service {
namespace {

using namespace axo::service;

constexpr const char *state_names[] = {"booting", "running", "initialising", "updating",
                                       "exiting", "backoff", "terminated",   "failed"};
constexpr const char *reason_names[] = {"-",      "crash",       "exit",   "hang", "refresh",
                                        "killed", "init-failed", "update", "down", "start"};
constexpr const char *phase_names[] = {"notice", "image", "process", "load", "publish",
                                       "ready",  "swap",  "init",    "back"};
static_assert(std::size(phase_names) == static_cast<std::size_t>(axo::service::Phase::count));

/// What RS is doing with it, for people and for programs.
constexpr const char *step_texts[] = {"",
                                      "reading the program",
                                      "making a process",
                                      "loading",
                                      "publishing",
                                      "waiting for its init",
                                      "waiting for quiet",
                                      "changing places",
                                      "waiting for the new version's init",
                                      "waiting for the new version's end",
                                      "changing places back",
                                      "waiting for its end",
                                      "killed",
                                      "forgetting its label",
                                      "pausing",
                                      "starting the script"};
constexpr const char *step_names[] = {"none",  "image",  "process",  "load",    "publish",   "init",
                                      "ready", "swap",   "new_init", "new_end", "swap_back", "end",
                                      "kill",  "forget", "backoff",  "script"};
static_assert(std::size(step_texts) == static_cast<std::size_t>(axo::service::Step::count) &&
              std::size(step_names) == std::size(step_texts));

template <typename E, std::size_t n>
const char *name_of(E value, const char *const (&names)[n]) {
    const auto index = static_cast<std::size_t>(value);
    return index < n ? names[index] : "?";
}

[[gnu::format(printf, 2, 3)]] void add(std::string &text, const char *pattern, ...) {
    char *line = nullptr;
    va_list arguments;
    va_start(arguments, pattern);
    const int length = vasprintf(&line, pattern, arguments);
    va_end(arguments);
    if (length < 0) return;
    text.append(line, static_cast<std::size_t>(length));
    std::free(line);
}

template <std::size_t n>
std::string text_in(const char (&field)[n]) {
    return {field, strnlen(field, n)};
}

/// As a JSON string. What is not ASCII may not be UTF-8 either: each byte is one character then.
std::string quoted(const std::string &text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        const unsigned code = static_cast<unsigned char>(c);
        if (code < 0x20 || code > 0x7e)
            add(result, "\\u%04x", code);
        else
            result += c;
    }
    return result + '"';
}

std::string seconds(std::uint64_t ns) {
    std::string text;
    add(text, "%llu.%03llu", static_cast<unsigned long long>(ns / 1'000'000'000),
        static_cast<unsigned long long>(ns / 1'000'000 % 1000));
    return text;
}

/// The generation and slot of an endpoint, as people read it: slot.generation.
std::string endpoint_text(axo::Endpoint endpoint) {
    if (!endpoint.is_process()) return "-";
    return std::to_string(endpoint.slot()) + "." + std::to_string(endpoint.generation());
}

/// What an errno means to somebody who asked for this.
struct Refusal {
    Command request;
    int error;
    const char *text;
};
constexpr Refusal refusals[] = {
    {Command::up, EBUSY, "a service has this label (-label gives it another) or serves this device already"},
    {Command::update, ESRCH, "no service has this label; -label says which one is meant"},
    {Command::update, EBUSY, "something else is being done to it"},
    {Command::update, EOPNOTSUPP,
     "it is no version of this service, or its State cannot be carried over; 'service events' says why, --fresh means "
     "it"},
    {Command::restart, EBUSY, "it runs"},
    {Command::trace, ENOENT, "it has not died yet"},
    {Command::down, EPERM, "only root may, and not to what the system cannot do without"},
    {Command::refresh, EPERM, "only root may, and not to what the system cannot do without"},
};

/// Hexadecimal, as text: not every reader of JSON keeps 64 bits of a number. null: not taken.
std::string digest_json(std::uint64_t digest) {
    if (digest == 0) return "null";
    std::string text;
    add(text, "\"%016llx\"", static_cast<unsigned long long>(digest));
    return text;
}

/// All phases by name, in nanoseconds; the unused ones are 0.
std::string phases_json(const Event &event) {
    std::string text = "{";
    for (std::size_t i = 0; i < std::size(event.phases_ns); ++i)
        add(text, "%s\"%s\":%llu", i == 0 ? "" : ",", phase_names[i],
            static_cast<unsigned long long>(event.phases_ns[i]));
    return text + "}";
}

std::string state_text(const StatusEntry &entry) {
    const std::string state = name_of(entry.state, state_names);
    return entry.step == Step::none ? state : state + ": " + name_of(entry.step, step_texts);
}

}  // namespace

std::string status_table(std::span<const StatusEntry> entries) {
    std::string text;
    add(text, "%-15s %-9s %5s %-12s %8s %-11s %9s %10s\n", "LABEL", "ENDPOINT", "PID", "STATE", "RESTARTS", "REASON",
        "MEMORY", "UPTIME");
    for (const StatusEntry &entry : entries) {
        add(text, "%-15s %-9s %5u %-12s %8u %-11s %8lluK %10s\n", text_in(entry.label).c_str(),
            endpoint_text(entry.endpoint).c_str(), entry.pid, state_text(entry).c_str(), entry.restarts,
            name_of(entry.last_reason, reason_names), static_cast<unsigned long long>(entry.memory_bytes / 1024),
            seconds(entry.uptime_ns).c_str());
    }
    return text;
}

std::string status_json(std::span<const StatusEntry> entries) {
    std::string text = "[";
    for (const StatusEntry &entry : entries) {
        if (text.size() > 1) text += ",";
        add(text,
            "\n "
            "{\"label\":%s,\"endpoint\":%u,\"pid\":%u,\"state\":\"%s\",\"restarts\":%u,\"reason\":\"%s\",\"signal\":%u,"
            "\"memory_bytes\":%llu,\"uptime_ns\":%llu,\"step\":\"%s\",\"core\":%s,\"healthy\":%s}",
            quoted(text_in(entry.label)).c_str(), entry.endpoint.value, entry.pid, name_of(entry.state, state_names),
            entry.restarts, name_of(entry.last_reason, reason_names), entry.last_signal,
            static_cast<unsigned long long>(entry.memory_bytes), static_cast<unsigned long long>(entry.uptime_ns),
            name_of(entry.step, step_names), entry.core != 0 ? "true" : "false", entry.healthy != 0 ? "true" : "false");
    }
    return text + "\n]\n";
}

std::string events_table(std::span<const Event> events) {
    std::string text;
    for (const Event &event : events) {
        add(text, "%10s  %-15s %-11s %s -> %s  %llu us  %s\n", seconds(event.time_ns).c_str(),
            text_in(event.label).c_str(), name_of(event.reason, reason_names), endpoint_text(event.before).c_str(),
            endpoint_text(event.after).c_str(), static_cast<unsigned long long>(event.duration_ns / 1000),
            text_in(event.text).c_str());
    }
    return text;
}

std::string events_json(std::span<const Event> events) {
    std::string text = "[";
    for (const Event &event : events) {
        if (text.size() > 1) text += ",";
        add(text,
            "\n {\"sequence\":%llu,\"time_ns\":%llu,\"duration_ns\":%llu,\"label\":%s,\"reason\":\"%s\",\"before\":%u,"
            "\"after\":%u,\"status\":%d,\"signal\":%u,\"restarts\":%u,\"phases\":%s,"
            "\"state_before\":%s,\"state_after\":%s,\"text\":%s}",
            static_cast<unsigned long long>(event.sequence), static_cast<unsigned long long>(event.time_ns),
            static_cast<unsigned long long>(event.duration_ns), quoted(text_in(event.label)).c_str(),
            name_of(event.reason, reason_names), event.before.value, event.after.value, event.status, event.signal,
            event.restarts, phases_json(event).c_str(), digest_json(event.state_before).c_str(),
            digest_json(event.state_after).c_str(), quoted(text_in(event.text)).c_str());
    }
    return text + "\n]\n";
}

std::string crash_report(const CrashReport &report) {
    std::string text;
    const axo::Context &c = report.context;
    auto row = [&text](const char *a, std::uint64_t x, const char *b, std::uint64_t y, const char *d, std::uint64_t z) {
        add(text, "  %-6s %016llx  %-6s %016llx  %-6s %016llx\n", a, static_cast<unsigned long long>(x), b,
            static_cast<unsigned long long>(y), d, static_cast<unsigned long long>(z));
    };
    add(text, "%s: signal %u at %s s\n", text_in(report.label).c_str(), report.signal, seconds(report.time_ns).c_str());
    row("rip", c.rip, "rsp", c.rsp, "rbp", c.rbp);
    row("rax", c.rax, "rbx", c.rbx, "rcx", c.rcx);
    row("rdx", c.rdx, "rsi", c.rsi, "rdi", c.rdi);
    row("r8", c.r8, "r9", c.r9, "r10", c.r10);
    row("r11", c.r11, "r12", c.r12, "r13", c.r13);
    row("r14", c.r14, "r15", c.r15, "flags", c.rflags);
    row("vector", c.fault_vector, "error", c.fault_error, "addr", c.fault_address);
    for (std::uint32_t i = 0; i < report.frame_count && i < std::size(report.frames); ++i)
        add(text, "  #%-2u %016llx %s\n", i, static_cast<unsigned long long>(report.frames[i]),
            text_in(report.symbols[i]).c_str());
    return text;
}

std::string error_text(Command request, int error) {
    for (const Refusal &known : refusals)
        if (known.request == request && known.error == error) return known.text;
    if (error == ESRCH) return "no service has this label";
    if (error == ERESTART) return "the service died, or the update was rolled back; 'service events' says why";
    if (error == EOWNERDEAD) return "the service died";
    switch (static_cast<axo::Error>(error)) {
        case axo::Error::service_restarted:
            return "the service died, or the update was rolled back; 'service events' says why";
        case axo::Error::call_denied: return "not allowed";
        case axo::Error::dead_peer: return "the service died";
        case axo::Error::no_syscall: return "the service does not support live update";
        default: return std::strerror(error);
    }
}

}  // namespace service
