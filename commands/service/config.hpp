// system.conf (ref 3.17): which resources, calls and peers a service may use.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "axo/service_request.hpp"
#include "commands/service/text.hpp"

namespace service {

/// One service's entry, classes already folded in.
struct Entry {
    std::vector<unsigned> irqs;
    std::vector<axo::IoRange> io;
    std::vector<axo::service::PciDevice> pci;
    std::vector<axo::service::PciClass> pci_classes;
    std::vector<std::string> system_calls, vm_calls, ipc, control;
    bool has_ipc = false;
    std::string uid = "root";
    int nice = 0;
};

/// Gives the text of a file, empty when there is none of this name, or a failure.
using ReadFile = Outcome<std::string> (*)(const std::string &path);

/// Finds the entry `name`. Failures (exit status 1) name file and line: a top-level line of another form, a
/// missing entry, an unknown system or vm word, a second ipc statement, a number that is none or
/// outside its range, a list longer than its limit, classes or included files nested more than 100 deep.
Outcome<Entry> find_entry(const std::string &path, std::string_view name, ReadFile read);

}  // namespace service
