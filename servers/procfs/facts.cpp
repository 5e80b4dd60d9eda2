// See facts.hpp.
#include "servers/procfs/facts.hpp"

#include "lib/base/fixed_string.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/procfs/ticks.hpp"

namespace axo::procfs {

namespace {

constexpr std::size_t path_max = 4096, mounts_max = 16384, host_name_max = 64;

Error as_missing(Error error) { return error == Error::no_process ? Error::no_entry : error; }

/// A zombie has no memory; who died meanwhile has none either.
sef::Async<Status> ask_memory(ProcessFacts *facts) {
    const vm::MemoryUse question{facts->record.process};
    const auto use = co_await sef::request(endpoint::vm, question);
    if (!use) co_return use.error();
    facts->resident_bytes = use->resident_bytes;
    facts->virtual_bytes = use->virtual_bytes;
    co_return Status{};
}

sef::Async<Status> ask_terminal(ProcessFacts *facts) {
    const vfs::TerminalOf question{facts->record.process};
    const auto terminal = co_await sef::request(endpoint::vfs, question);
    if (!terminal) co_return terminal.error();
    facts->terminal = terminal->device;
    co_return Status{};
}

/// Room for a text, granted for writing.
struct GrantedText {
    String text;
    sys::Grant grant;

    static Result<GrantedText> create(Endpoint writer, std::size_t bytes) {
        GrantedText made{String(scratch_heap()), {}};
        TRY(made.text.resize(bytes));
        made.grant = TRY(sys::Grant::direct(writer, made.text.data(), bytes, sys::Access::write));
        return made;
    }
    String take(std::uint64_t bytes) {
        text.truncate(bytes < text.size() ? bytes : text.size());
        return std::move(text);
    }
};

}  // namespace

sef::Async<Result<pm::ProcessRecord>> ask_record(std::uint32_t pid) {
    pm::ProcessRecord record{};
    auto grant = sys::Grant::direct(endpoint::pm, &record, sizeof record, sys::Access::write);
    if (!grant) co_return grant.error();
    const pm::DescribeProcess question{pid, grant->id()};
    const auto answer = co_await sef::request(endpoint::pm, question);
    if (!answer) co_return as_missing(answer.error());
    co_return record;
}

sef::Async<Result<ProcessFacts>> ask_process(std::uint32_t pid) {
    auto asking = ask_record(pid);
    const auto record = co_await asking;
    if (!record) co_return record.error();
    ProcessFacts facts{};
    facts.record = *record;
    if (!facts.record.process.is_process()) co_return facts;
    const auto kernel = sys::process_info(facts.record.process.value, ProcessSelect::by_endpoint);
    facts.runnable = kernel && kernel->run_flags == 0;
    auto memory = ask_memory(&facts);
    static_cast<void>(co_await memory);
    if (facts.record.system != 0) co_return facts;
    auto terminal = ask_terminal(&facts);
    static_cast<void>(co_await terminal);
    co_return facts;
}

sef::Async<Result<String>> ask_process_text(std::uint32_t pid, vfs::ProcessText what) {
    auto asking = ask_record(pid);
    const auto record = co_await asking;
    if (!record) co_return record.error();
    if (!record->process.is_process() || record->system != 0) co_return Error::no_entry;
    auto room = GrantedText::create(endpoint::vfs, path_max);
    if (!room) co_return room.error();
    const vfs::DescribeProcess question{record->process, what, room->grant.id(), path_max};
    const auto answer = co_await sef::request(endpoint::vfs, question);
    if (!answer) co_return as_missing(answer.error());
    co_return room->take(answer->bytes);
}

sef::Async<Result<String>> ask_mounts() {
    auto room = GrantedText::create(endpoint::vfs, mounts_max);
    if (!room) co_return room.error();
    const vfs::DescribeMounts question{room->grant.id(), mounts_max};
    const auto answer = co_await sef::request(endpoint::vfs, question);
    if (!answer) co_return answer.error();
    co_return room->take(answer->bytes);
}

sef::Async<Result<String>> ask_host_name() {
    auto room = GrantedText::create(endpoint::pm, host_name_max);
    if (!room) co_return room.error();
    const pm::HostName question{room->grant.id(), host_name_max};
    const auto answer = co_await sef::request(endpoint::pm, question);
    if (!answer) co_return answer.error();
    String name = room->take(answer->bytes);
    if (!name.append('\n')) co_return Error::no_memory;
    co_return name;
}

sef::Async<Result<std::uint32_t>> ask_pids(std::uint64_t (*words)[pm::pid_max / 64]) {
    auto grant = sys::Grant::direct(endpoint::pm, words, sizeof *words, sys::Access::write);
    if (!grant) co_return grant.error();
    const pm::ListProcesses question{grant->id(), sizeof *words};
    const auto answer = co_await sef::request(endpoint::pm, question);
    if (!answer) co_return answer.error();
    co_return answer->last_pid;
}

SystemFacts system_facts() {
    SystemFacts facts{};
    facts.uptime = sys::now().value;
    facts.boot_second = (sys::wall_clock().value - facts.uptime) / second;
    if (const auto machine = sys::machine_info()) facts.idle = machine->idle_ns;
    if (const auto counters = sys::kernel_counters()) facts.context_switches = counters->context_switches;
    for (std::uint32_t slot = 0; slot < max_processes; ++slot) {
        const auto info = sys::process_info(slot, ProcessSelect::by_slot);
        if (!info && info.error() == Error::invalid) break;  // this machine has no more
        if (!info) continue;
        ++facts.processes;
        if (info->run_flags == 0) ++facts.runnable;
        if (info->privilege_id != user_privilege_id) facts.services += info->user.value + info->system.value;
    }
    if (facts.runnable != 0) --facts.runnable;  // this server
    return facts;
}

}  // namespace axo::procfs
