// sources: drivers/pci/*.cpp !drivers/pci/main.cpp
// Random messages at the PCI server, in whose machine things come, go and lie meanwhile.
#include "drivers/pci/server.hpp"
#include "test/fuzz/storm/storm.hpp"
#include "test/host/drivers/pci_machine.hpp"

namespace axo::storm {

namespace {

void plug(fake::PciMachine &machine, Random &random) {
    const auto place = static_cast<std::uint16_t>(random.below(4) << 8 | random.below(256));
    if (random.percent(30)) {
        machine.functions.erase(place);
        return;
    }
    fake::PciFunction &function = machine.functions[place];
    for (auto &byte : function.registers) byte = static_cast<std::uint8_t>(random.next());
    for (auto &byte : function.writable) byte = static_cast<std::uint8_t>(random.next());
    if (random.percent(50)) function.put(pci::reg::class_revision, 0x060400 << 8, 4);
    if (random.percent(50)) function.put(pci::reg::header_type, 1, 1);
}

}  // namespace

std::uint64_t usual_episodes() { return 40; }

void episode(Random &random) {
    fake::System system(Endpoint::make(41, 1), 1 << 20, 1 << 20);
    fake::PciMachine machine(system);
    machine.present = !random.percent(10);
    for (int i = 0; i < 20; ++i) plug(machine, random);
    fake::Service<pci::Server> service;
    require(service.start().has_value(), "the server starts");
    Storm<pci::Server> storm(random, system, service);
    storm.add_client(endpoint::procfs, false, 6);
    storm.add_client(Endpoint::make(200, 1));
    storm.may_wait = [](const Message &) { return false; };
    for (int i = 0; i < 60; ++i) {
        for (const auto &[place, function] : machine.functions) storm.numbers().learn(place);
        storm.run(10);
        plug(machine, random);
    }
    storm.calm_down();
    storm.require_balance();
}

}  // namespace axo::storm
