// sources: servers/procfs/*.cpp !servers/procfs/main.cpp lib/fs/client_memory.cpp
// Random messages at procfs, whose questions to PM, VM and VFS are answered late, in any order, with anything.
#include "axo/ds_protocol.hpp"
#include "axo/pci_protocol.hpp"
#include "servers/procfs/service.hpp"
#include "test/fuzz/storm/file_system_storm.hpp"

namespace axo::storm {

namespace {

void put_text(fake::System &system, Random &random, GrantId grant, Endpoint grantee) {
    for (std::byte &byte : system.granted(grant, grantee))
        byte = random.percent(50) ? std::byte{1} : static_cast<std::byte>(random.next());
}

}  // namespace

std::uint64_t usual_episodes() { return 40; }

void episode(Random &random) {
    fake::System system(endpoint::procfs, 8 << 20, 8 << 20);
    fake::Service<procfs::Service> service;
    require(service.start().has_value(), "procfs starts");
    Storm<procfs::Service> storm(random, system, service);
    storm.add_client(endpoint::vfs, false, 6);
    storm.add_client(endpoint::pm);
    storm.add_client(Endpoint::make(200, 1));
    storm.late_wild<vm::Counters>();
    storm.late_wild<vm::MemoryUse>();
    storm.late_wild<vfs::TerminalOf>();
    storm.late<pm::ListProcesses>(
        [&](Endpoint peer, const pm::ListProcesses &request) -> Result<pm::ListProcesses::Reply> {
            put_text(system, random, request.bitmap, peer);
            return pm::ListProcesses::Reply{static_cast<std::uint32_t>(random.below(pm::pid_max)), 0};
        });
    storm.late<pm::DescribeProcess>([&](Endpoint peer, const pm::DescribeProcess &request) -> Result<Nothing> {
        pm::ProcessRecord record{};
        record.pid = request.pid;
        record.process = random.percent(20) ? endpoint::none : Endpoint::make(30, 1);
        record.life = static_cast<pm::ProcessLife>(random.below(3));
        std::strcpy(record.name, "program");
        const auto memory = system.granted(request.record, peer);
        if (memory.size() != sizeof record) return Error::fault;  // procfs waits no more
        std::memcpy(memory.data(), &record, sizeof record);
        return Nothing{};
    });
    storm.late<pm::HostName>([&](Endpoint peer, const pm::HostName &request) -> Result<pm::HostName::Reply> {
        put_text(system, random, request.buffer, peer);
        return pm::HostName::Reply{random.below(request.bytes + 1)};
    });
    storm.late<vfs::DescribeProcess>(
        [&](Endpoint peer, const vfs::DescribeProcess &request) -> Result<vfs::DescribeProcess::Reply> {
            put_text(system, random, request.buffer, peer);
            return vfs::DescribeProcess::Reply{random.below(request.bytes + 1)};
        });
    storm.late<vfs::DescribeMounts>(
        [&](Endpoint peer, const vfs::DescribeMounts &request) -> Result<vfs::DescribeMounts::Reply> {
            put_text(system, random, request.buffer, peer);
            return vfs::DescribeMounts::Reply{random.below(request.bytes + 1)};
        });
    system.answer<ds::EndpointOf>([&](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> {
        if (random.percent(10)) return Error::no_process;
        return ds::EndpointOf::Reply{Endpoint::make(21, 1)};
    });
    storm.late_wild<pci::Next>();
    storm.late_wild<pci::Describe>();
    storm.late_wild<pci::DescribeBar>();
    storm.late<pci::ReadRegisters>([&](Endpoint peer, const pci::ReadRegisters &request) -> Result<Nothing> {
        put_text(system, random, request.buffer, peer);
        return Nothing{};
    });
    using procfs::Inode, procfs::Node;
    for (const Inode inode : {Inode::make(Node::bus_pci), Inode::make(Node::pci_devices), Inode::make(Node::pci_bus, 1),
                              Inode::make(Node::pci_function, 0x108)})
        storm.numbers().learn(inode.number);
    file_system_storm(storm, 400);
    storm.calm_down();
    storm.require_balance();
}

}  // namespace axo::storm
