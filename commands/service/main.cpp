// service: starts, stops, updates and shows the services of the system. Exit status: 0, 22 for misuse, 38 for an
// unknown request, 1 for errors of the configuration, else the errno of what failed.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "axo/rs_protocol.hpp"
#include "commands/service/config.hpp"
#include "commands/service/options.hpp"
#include "commands/service/print.hpp"
#include "commands/service/record.hpp"

namespace service {
namespace {

using axo::service::Command;

/// Empty when there is no such file (ref 3.17).
Outcome<std::string> read_file(const std::string &path) {
    std::string text;
    std::FILE *file = std::fopen(path.c_str(), "r");
    if (file == nullptr) {
        if (errno == ENOENT) return text;
        return fail(1, "service: " + path + ": " + std::strerror(errno));
    }
    char part[4096];
    for (std::size_t got; (got = std::fread(part, 1, sizeof part, file)) > 0;) text.append(part, got);
    const bool broken = std::ferror(file) != 0;
    std::fclose(file);
    if (broken) return fail(1, "service: " + path + ": cannot be read");
    return text;
}

/// The call to RS; the result is what it answers, or the errno, which is also printed.
Outcome<long> ask(Command command, const std::string &label, const void *record, std::size_t bytes,
                  void *answer = nullptr, std::size_t room = 0) {
    const long result = syscall(axo::rs::user_call, static_cast<unsigned>(command), record, bytes, answer, room);
    if (result >= 0) return result;
    const int error = errno;
    const std::string whom = label.empty() ? "" : label + ": ";
    return fail(error, "service: " + whom + error_text(command, error) + " (error " + std::to_string(error) + ")");
}

Outcome<axo::service::LabelRecord> label_record(const std::string &label) {
    axo::service::LabelRecord record{};
    label.copy(record.label, sizeof record.label - 1);
    return record;
}

std::unexpected<Failure> missing(const std::string &path, int error) {
    return fail(error, "service: " + path + ": " + std::strerror(error));
}

Outcome<void> start(const Options &options) {
    struct stat file {
    }, device{};
    if (stat(options.binary.c_str(), &file) != 0) return missing(options.binary, errno);
    if (!options.device.empty()) {
        if (stat(options.device.c_str(), &device) != 0) return missing(options.device, errno);
        if (!S_ISCHR(device.st_mode) && !S_ISBLK(device.st_mode))
            return fail(exit_usage, "service: " + options.device + ": no device");
    }
    const std::string program = options.binary.substr(options.binary.rfind('/') + 1);
    const auto entry = inherits(options) ? Outcome<Entry>{Entry{}} : find_entry(options.config, program, read_file);
    if (!entry) return std::unexpected(entry.error());
    const unsigned number = options.device.empty() ? 0 : major(device.st_rdev);
    const auto record = make_record(options, *entry, number, S_ISBLK(device.st_mode));
    if (!record) return std::unexpected(record.error());
    const auto done = ask(options.command, options.label, &*record, sizeof *record);
    if (!done) return std::unexpected(done.error());
    return {};
}

Outcome<void> show_status(const Options &options) {
    std::vector<axo::service::StatusEntry> entries(256);
    const auto count = ask(Command::status, "", nullptr, 0, entries.data(), entries.size() * sizeof entries[0]);
    if (!count) return std::unexpected(count.error());
    if (static_cast<std::size_t>(*count) < entries.size()) entries.resize(static_cast<std::size_t>(*count));
    const std::string text = options.json ? status_json(entries) : status_table(entries);
    std::fputs(text.c_str(), stdout);
    return {};
}

Outcome<void> show_events(const Options &options) {
    std::vector<axo::service::Event> events(512);
    const axo::service::EventsFrom from{0};
    const auto count = ask(Command::events, "", &from, sizeof from, events.data(), events.size() * sizeof events[0]);
    if (!count) return std::unexpected(count.error());
    events.resize(static_cast<std::size_t>(*count));
    const std::string text = options.json ? events_json(events) : events_table(events);
    std::fputs(text.c_str(), stdout);
    return {};
}

Outcome<void> show_trace(const Options &options) {
    const auto record = label_record(options.label);
    axo::service::CrashReport report{};
    const auto done = ask(Command::trace, options.label, &*record, sizeof *record, &report, sizeof report);
    if (!done) return std::unexpected(done.error());
    std::fputs(crash_report(report).c_str(), stdout);
    return {};
}

Outcome<void> inject(const Options &options) {
    axo::service::FaultRequest request{};
    options.label.copy(request.label, sizeof request.label - 1);
    request.kind = options.fault;
    request.after = options.after;
    const auto done = ask(Command::fault, options.label, &request, sizeof request);
    if (!done) return std::unexpected(done.error());
    return {};
}

Outcome<void> with_label(const Options &options) {
    const auto record = label_record(options.label);
    const auto done = ask(options.command, options.label, &*record, sizeof *record);
    if (!done) return std::unexpected(done.error());
    if (options.command == Command::lookup) std::printf("%ld\n", *done);
    return {};
}

Outcome<void> shut_down() {
    const auto done = ask(Command::shutdown, "", nullptr, 0);
    if (!done) return std::unexpected(done.error());
    return {};
}

Outcome<void> run(const Options &options) {
    switch (options.command) {
        case Command::up:
        case Command::update: return start(options);
        case Command::status: return show_status(options);
        case Command::events: return show_events(options);
        case Command::trace: return show_trace(options);
        case Command::fault: return inject(options);
        case Command::shutdown: return shut_down();
        default: return with_label(options);
    }
}

int report(const Failure &failure) {
    std::fprintf(failure.status == 0 ? stdout : stderr, "%s\n", failure.text.c_str());
    return failure.status;
}

}  // namespace
}  // namespace service

int main(int count, char **words) {
    const auto options = service::parse_options({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)});
    if (!options) return service::report(options.error());
    std::fputs(options->warning.c_str(), stderr);
    const auto done = service::run(*options);
    return done ? 0 : service::report(done.error());
}
