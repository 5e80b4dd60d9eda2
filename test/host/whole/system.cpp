#include "test/host/whole/system.hpp"

#include <algorithm>
#include <cstdlib>

#include "kernel/kernel.hpp"
#include "test/host/whole/programs.hpp"

namespace axo::whole {

namespace {

constexpr std::uint64_t entries_limit = 200'000;

const std::vector<std::byte> &archive() {
    static const std::vector<std::byte> made = boot_archive();
    return made;
}

}  // namespace

System::System(std::uint64_t seed) : machine(seed, archive()) {
    machine.shows_console = std::getenv("AXO_CONSOLE") != nullptr;
}

bool System::until(const std::function<bool()> &done) {
    if (!why_.empty()) return false;
    try {
        machine.run(done, entries_limit);
    } catch (const Stopped &stopped) {
        why_ = story(stopped);
        exit_code_ = stopped.code;
        return false;
    }
    return true;
}

void System::take_reports() {
    for (; taken_ < machine.reports.size(); ++taken_) {
        const Machine::Report &report = machine.reports[taken_];
        ++counts_[{report.who, report.text}];
        said_[report.who] += report.text;
    }
}

unsigned System::reported(std::string_view who, std::string_view text) {
    take_reports();
    const auto found = counts_.find({std::string(who), std::string(text)});
    return found == counts_.end() ? 0 : found->second;
}

const std::string &System::said_by(std::string_view who) {
    take_reports();
    return said_[std::string(who)];
}

std::vector<Endpoint> System::processes(std::string_view name) const {
    std::vector<Endpoint> found;
    for (const kernel::Process &process : kernel::the_kernel.processes.slots)
        if (!process.has(kernel::run_flag::slot_free | kernel::run_flag::no_endpoint) && process.name == name)
            found.push_back(process.endpoint);
    return found;
}

Endpoint System::process(std::string_view name) const {
    const std::vector<Endpoint> found = processes(name);
    return found.empty() ? endpoint::none : found.front();
}

std::uint64_t System::page_table(Endpoint process) const {
    const kernel::Process *found = kernel::find_process(process);
    return found == nullptr ? 0 : found->root;
}

Record System::record() const {
    return {machine.trace.hash(), machine.trace.order(), machine.trace.events(), machine.time,
            machine.reports,      machine.console,       machine.serial.shown()};
}

std::string System::story(const Stopped &stopped) {
    take_reports();
    std::string text = "stopped: " + stopped.why + " " + std::to_string(stopped.code) + "\n" + machine.trace.tail();
    for (const auto &[report, times] : counts_)
        text += report.first + " " + std::to_string(times) + " times: " + report.second + "\n";
    for (const std::string &fault : machine.serial.faults()) text += "serial line: " + fault + "\n";
    const auto end_of = [](const std::string &all) {
        return all.substr(all.size() - std::min<std::size_t>(all.size(), 3000));
    };
    return text + "console: " + end_of(machine.console) + "\nterminal: " + end_of(machine.serial.shown()) + "\n";
}

}  // namespace axo::whole
