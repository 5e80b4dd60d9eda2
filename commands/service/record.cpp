#include "commands/service/record.hpp"

#include <algorithm>
#include <cstring>

#include "axo/vm_protocol.hpp"

namespace service {
namespace {

using axo::KernelCall;
using axo::service::StartRecord;

struct SystemWord {
    std::string_view name;
    KernelCall calls[4];
};
// What the original's words mean in our calls; those of BIOS and segments have none here.
constexpr SystemWord system_words[] = {
    {"PRIVCTL", {KernelCall::privilege_control}},
    {"TRACE", {KernelCall::get_context, KernelCall::set_context}},
    {"KILL", {KernelCall::kill}},
    {"UMAP", {KernelCall::check_range}},
    {"VIRCOPY", {KernelCall::virtual_copy, KernelCall::copy_argument}},
    {"IRQCTL", {KernelCall::irq_control}},
    {"INT86", {}},
    {"DEVIO", {KernelCall::port_in, KernelCall::port_out}},
    {"SDEVIO", {KernelCall::port_string}},
    {"VDEVIO", {KernelCall::port_vector}},
    {"READBIOS", {}},
    {"STIME", {KernelCall::set_clock}},
    {"VMCTL", {}},
};

// Of the original's VM words only INFO has requests here.
constexpr std::uint64_t vm_info_calls = 1ull << (axo::vm::Counters::number - axo::message_type::vm) |
                                        1ull << (axo::vm::MemoryUse::number - axo::message_type::vm);

template <std::size_t n>
bool put(char (&to)[n], std::string_view text) {
    if (text.size() >= n) return false;
    std::memcpy(to, text.data(), text.size());
    return true;
}

std::string joined(const std::vector<std::string> &words) {
    std::string text;
    for (const std::string &word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

Outcome<void> texts(StartRecord &record, const Options &options, const Entry &entry) {
    const std::string command = options.binary + (options.arguments.empty() ? "" : " " + options.arguments);
    if (!put(record.command, command)) return fail(exit_usage, "service: the command is too long");
    if (!put(record.script, options.script)) return fail(exit_usage, "service: the script's path is too long");
    if (!put(record.label, options.label)) return fail(exit_usage, "service: the label is too long");
    if (!put(record.ipc, joined(entry.ipc))) return fail(1, "service: the ipc list is too long");
    for (std::size_t i = 0; i < entry.control.size(); ++i)
        if (!put(record.control[i], entry.control[i])) return fail(1, "service: a control name is too long");
    for (std::size_t i = 0; i < options.drops.size(); ++i) put(record.drop[i], options.drops[i]);
    record.drop_count = static_cast<std::uint32_t>(options.drops.size());
    record.control_count = static_cast<std::uint32_t>(entry.control.size());
    return {};
}

void system_calls(StartRecord &record, const Entry &entry) {
    for (const std::string &name : entry.system_calls)
        for (const SystemWord &word : system_words)
            for (const KernelCall call : word.calls)
                if (word.name == name && call != KernelCall{}) record.kernel_calls.set(axo::call_bit(call));
    if (!entry.system_calls.empty()) record.flags |= axo::service::start_flag::kernel_calls;
}

Outcome<void> resources(StartRecord &record, const Entry &entry) {
    if (entry.irqs.size() > axo::service::irq_max) return fail(exit_usage, "service: more than 4 interrupt lines");
    for (const unsigned irq : entry.irqs) record.irqs[record.irq_count++] = static_cast<std::uint8_t>(irq);
    for (const axo::IoRange &range : entry.io) record.io[record.io_count++] = range;
    for (const auto &device : entry.pci) record.pci[record.pci_count++] = device;
    for (const auto &pci_class : entry.pci_classes) record.pci_classes[record.pci_class_count++] = pci_class;
    return {};
}

}  // namespace

bool inherits(const Options &options) {
    return options.command == axo::service::Command::update && !options.config_given;
}

Outcome<StartRecord> make_record(const Options &options, const Entry &entry, unsigned major, bool block) {
    StartRecord record{};
    if (entry.has_ipc) record.flags |= axo::service::start_flag::ipc_list;
    if (options.copy) record.flags |= axo::service::start_flag::copy;
    if (options.reuse) record.flags |= axo::service::start_flag::reuse;
    if (options.verify) record.flags |= axo::service::start_flag::verify;
    if (options.fresh) record.flags |= axo::service::start_flag::fresh;
    if (inherits(options)) record.flags |= axo::service::start_flag::inherit;
    if (block) record.flags |= axo::service::start_flag::block_device;
    record.nice = entry.nice;
    record.major = major;
    record.period_ns = options.period_ns;
    record.max_prepare_ns = options.max_time_ns;
    record.update_state = options.state;
    system_calls(record, entry);
    if (std::ranges::find(entry.vm_calls, "INFO") != entry.vm_calls.end()) record.vm_calls = vm_info_calls;
    if (auto done = texts(record, options, entry); !done) return std::unexpected(done.error());
    if (auto done = resources(record, entry); !done) return std::unexpected(done.error());
    return record;
}

}  // namespace service
