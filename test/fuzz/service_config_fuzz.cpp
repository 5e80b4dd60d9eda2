// sources: commands/service/config.cpp commands/service/config_syntax.cpp commands/service/record.cpp
// system.conf: whatever the file says, there is an entry within the limits or an error that names the file.
#include "commands/service/config.hpp"
#include "commands/service/record.hpp"
#include "test/fuzz/fuzz.hpp"

namespace {

using namespace service;

std::string main_text, included_text;

Outcome<std::string> read_file(const std::string &path) {
    return path == "/etc/system.conf" ? main_text : included_text;
}

void check(const Entry &entry) {
    fuzz::require(entry.irqs.size() <= 16 && entry.io.size() <= axo::service::io_max, "interrupts and ports");
    fuzz::require(entry.pci.size() <= axo::service::pci_max && entry.pci_classes.size() <= axo::service::pci_class_max,
                  "PCI");
    fuzz::require(entry.control.size() <= axo::service::control_max, "control");
    for (const auto &range : entry.io) fuzz::require(range.first <= range.last, "port ranges");
    Options options{};
    options.binary = "/sbin/a";
    options.label = "a";
    if (const auto record = make_record(options, entry, 0, false))
        fuzz::require(record->irq_count <= axo::service::irq_max, "record");
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() {
    using namespace std::literals;
    return {
        bytes_of("service a { irq 1 2; io 3f8:8 60; pci device 8086/100e; pci class 02/00/01 03; };"),
        bytes_of(
            "# all\nservice b { system PRIVCTL TRACE; vm INFO; };\nservice a { class b; ipc SYSTEM pm \\\n vfs; };"),
        bytes_of("include \"more\"; service a { uid root; nice -5; control b c; other \"x\" { y; }; };"),
        bytes_of("include \"m\";\0service a { class a; };"sv)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::string_view all = input.take_text(size);
    main_text = all.substr(0, all.find('\0'));
    included_text = all.substr(std::min(all.size(), main_text.size() + 1));
    const auto entry = find_entry("/etc/system.conf", "a", read_file);
    if (entry)
        check(*entry);
    else
        fuzz::require(entry.error().status == 1 && !entry.error().text.empty(), "a failure has status 1 and a text");
    return 0;
}
