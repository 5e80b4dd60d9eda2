// Answers to questions about services.
#include "servers/rs/command/reports.hpp"

#include <cstring>

#include "axo/vm_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/rs/command/symbols.hpp"
#include "servers/rs/command/user_memory.hpp"
#include "servers/rs/life/life.hpp"

namespace axo::rs {

namespace {

using service::Command;

service::State state_of(const Service &service) {
    switch (service.phase) {
        case Phase::free:
        case Phase::created: return service::State::booting;
        case Phase::initialising: return service::State::initialising;
        case Phase::running: return service::State::running;
        case Phase::updating: return service::State::updating;
        case Phase::stopping: return service::State::exiting;
        case Phase::backing_off: return service::State::backoff;
        case Phase::terminated: return service::State::terminated;
        case Phase::failed: return service::State::failed;
    }
    return service::State::failed;
}

service::StatusEntry entry_of(const Service &service) {
    service::StatusEntry entry{};
    put_text(entry.label, service.label);
    entry.endpoint = service.active.endpoint;
    entry.pid = service.active.pid;
    entry.state = state_of(service);
    entry.restarts = service.restarts;
    entry.last_reason = service.reason;
    entry.last_signal = service.last_signal;
    const bool lives = service.active.exists() && !service.dead();
    entry.uptime_ns = lives ? (sys::now() - service.started).value : 0;
    entry.core = service.core() ? 1 : 0;
    entry.major = service.record.major;
    entry.step = service.work.step;
    entry.healthy = service.has(service_flag::healthy) ? 1 : 0;
    return entry;
}

}  // namespace

sef::Task Reports::serve(sef::UserCall call) {
    auto answering = answer_to(call.process(), static_cast<Command>(call.argument(0)), call.address(1),
                               call.argument(2), call.address(3), call.argument(4));
    const auto result = co_await answering;
    if (result)
        call.answer(static_cast<std::int64_t>(*result));
    else
        call.answer(user_result(result.error()));
}

sef::Async<Result<std::uint64_t>> Reports::answer_to(Endpoint process, Command command, VirtAddr record,
                                                     std::uint64_t bytes, VirtAddr to, std::uint64_t room) {
    if (command == Command::status) {
        auto answering = status(process, to, room);
        co_return co_await answering;
    }
    if (command == Command::events) {
        service::EventsFrom from{};
        auto reading = read_record(process, record, bytes, &from, sizeof from);
        const Status read = co_await reading;
        if (!read) co_return read.error();
        auto answering = events(process, from.sequence, to, room);
        co_return co_await answering;
    }
    service::FaultRequest request{};  // begins with the label, as the record of the others
    const std::uint64_t wanted = command == Command::fault ? sizeof request : sizeof(service::LabelRecord);
    auto reading = read_record(process, record, bytes, &request, wanted);
    const Status read = co_await reading;
    if (!read) co_return read.error();
    if (text_of(request.label).empty() || text_of(request.label).size() >= label_size) co_return Error::invalid;
    Service *service = services_.find(text_of(request.label));
    if (service == nullptr) co_return Error::no_process;
    if (command == Command::lookup) {
        const auto found = lookup(text_of(request.label));
        if (!found) co_return found.error();
        co_return found->value;
    }
    if (command == Command::fault) {
        const Status injected = inject(*service, request);
        if (!injected) co_return injected.error();
        co_return 0;
    }
    auto answering = trace(process, service, to, room);
    co_return co_await answering;
}

Result<Endpoint> Reports::lookup(std::string_view label) {
    if (label.empty()) return Error::invalid;
    const Service *service = services_.find(label);
    if (service == nullptr || service->dead() || !service->active.exists()) return Error::no_process;
    return service->active.endpoint;
}

/// As many whole entries as there is room for; the result is how many there are.
sef::Async<Result<std::uint64_t>> Reports::status(Endpoint process, VirtAddr to, std::uint64_t room) {
    std::uint64_t count = 0;
    for (Service &service : services_.all()) {
        if (service.phase == Phase::free) continue;
        service::StatusEntry entry = entry_of(service);
        if (service.active.exists()) {
            const axo::vm::MemoryUse question{service.active.endpoint};
            const auto use = co_await sef::request(endpoint::vm, question);
            if (use) entry.memory_bytes = use->resident_bytes;
        }
        if (room / sizeof entry > count) {
            auto writing = write_answer(process, to.offset(count * sizeof entry), &entry, sizeof entry);
            const Status written = co_await writing;
            if (!written) co_return written.error();
        }
        ++count;
    }
    co_return count;
}

sef::Async<Result<std::uint64_t>> Reports::events(Endpoint process, std::uint64_t first, VirtAddr to,
                                                  std::uint64_t room) {
    std::uint64_t count = 0;
    while (const service::Event *event = room / sizeof(service::Event) > count ? events_.from(first) : nullptr) {
        const service::Event copy = *event;
        auto writing = write_answer(process, to.offset(count * sizeof copy), &copy, sizeof copy);
        const Status written = co_await writing;
        if (!written) co_return written.error();
        first = copy.sequence + 1;
        ++count;
    }
    co_return count;
}

/// The names come from the program's own symbol table: from RS' copy of the image, else from the file.
sef::Async<Status> Reports::name_frames(Service *service, service::CrashReport *report) {
    Image *image = service->image;
    if (image != nullptr) {
        spawner_.images().use(*image);
    } else {
        char command[service::command_max];
        put_text(command, text_of(service->record.command));
        auto reading = spawner_.images().read(command);
        const auto read = co_await reading;
        if (!read) co_return read.error();
        image = *read;
    }
    const Symbols symbols({image->memory.at(0), image->bytes});
    for (std::uint32_t i = 0; i < report->frame_count; ++i)
        put_text(report->symbols[i], symbols.name_of(report->frames[i]));
    spawner_.images().release(image);
    co_return Status{};
}

sef::Async<Result<std::uint64_t>> Reports::trace(Endpoint process, Service *service, VirtAddr to, std::uint64_t room) {
    if (room < sizeof(service::CrashReport)) co_return Error::invalid;
    if (service->crash.frame_count == 0) co_return Error::no_entry;
    service::CrashReport report{};
    put_text(report.label, service->label);
    report.time_ns = service->crash.time.value;
    report.signal = service->crash.signal;
    report.frame_count = service->crash.frame_count;
    std::memcpy(&report.context, service->crash.registers, sizeof service->crash.registers);
    std::memcpy(report.frames, service->crash.frames, sizeof service->crash.frames);
    auto naming = name_frames(service, &report);
    static_cast<void>(co_await naming);
    auto writing = write_answer(process, to, &report, sizeof report);
    const Status written = co_await writing;
    if (!written) co_return written.error();
    co_return 0;
}

/// Errors: no_process (it does not run), busy (it is being changed), invalid (kind), not_supported (an older program).
Status Reports::inject(Service &service, const service::FaultRequest &request) {
    if (service.dead() || service.active.dead) return Error::no_process;
    if (service.phase != Phase::running || service.label == "rs") return Error::busy;
    TRY(sys::inject_fault(service.active.endpoint, static_cast<std::uint32_t>(request.kind), request.after));
    if (request.after != 0) service.flags |= service_flag::armed;
    put_text(events_.add(service, service::Reason::none, sys::now()).text, "a fault was ordered");
    return {};
}

}  // namespace axo::rs
