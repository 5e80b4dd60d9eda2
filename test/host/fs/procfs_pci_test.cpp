// sources: servers/procfs/*.cpp !servers/procfs/main.cpp lib/fs/client_memory.cpp
// /proc/bus/pci over a PCI server that is there, is not, dies, loses devices in between, or tells nonsense.
#include <gtest/gtest.h>

#include <map>

#include "axo/ds_protocol.hpp"
#include "axo/pci_protocol.hpp"
#include "servers/procfs/pci_names.hpp"
#include "servers/procfs/service.hpp"
#include "servers/procfs/tree.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

using procfs::Inode, procfs::Node;

struct ProcPci : testing::Test {
    fake::System system{endpoint::procfs};
    fake::Service<procfs::Service> service;
    Endpoint server = Endpoint::make(21, 1);
    std::map<std::uint32_t, pci::Describe::Reply> functions;
    unsigned looked_up = 0;

    void SetUp() override {
        system.answer<ds::EndpointOf>([this](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> {
            ++looked_up;
            if (server == endpoint::none) return Error::no_process;
            return ds::EndpointOf::Reply{server};
        });
        system.answer<pci::Next>([this](Endpoint, const pci::Next &request) -> Result<pci::Next::Reply> {
            const auto found = functions.lower_bound(request.from);
            if (found == functions.end()) return Error::no_entry;
            return pci::Next::Reply{found->first, found->second.vendor, found->second.device};
        });
        system.answer<pci::Describe>([this](Endpoint, const pci::Describe &request) -> Result<pci::Describe::Reply> {
            const auto found = functions.find(request.place);
            if (found == functions.end()) return Error::no_entry;
            return found->second;
        });
        system.answer<pci::DescribeBar>([](Endpoint, const pci::DescribeBar &bar) -> Result<pci::DescribeBar::Reply> {
            if (bar.index == 0) return pci::DescribeBar::Reply{0xc000, 0x40, pci::BarKind::io, 0};
            if (bar.index == 2) return pci::DescribeBar::Reply{0xfe00'0000, 0x4000, pci::BarKind::memory64, 1};
            return pci::DescribeBar::Reply{};
        });
        functions[0x0008] = {0x8086, 0x7000, 0, 0, 0x060100, 0, 0, 0, 0};
        functions[0x0118] = {0x10ec, 0x8139, 0, 0, 0x020000, 0, 11, 1, 0};
        ASSERT_TRUE(service.start());
    }
    Result<std::string> read(Inode inode) {
        char text[2048];
        fs::Read request{};
        request.inode = inode.number;
        request.bytes = sizeof text;
        request.buffer = system.grant(endpoint::vfs, text, sizeof text);
        const auto answer = *service.ask(endpoint::vfs, request);
        if (!answer) return answer.error();
        return std::string(text, answer->bytes);
    }
    /// What a path in /proc is, or the error.
    Result<Inode> look_up(std::string_view path) {
        fs::Lookup request{};
        request.directory = Inode::make(Node::root).number;
        request.path = system.grant(endpoint::vfs, path);
        request.path_bytes = static_cast<std::uint32_t>(path.size());
        const auto answer = *service.ask(endpoint::vfs, request);
        if (!answer) return answer.error();
        return Inode{answer->inode};
    }
};

TEST_F(ProcPci, list_has_a_line_for_each_function_as_linux_writes_it) {
    const auto text = read(Inode::make(Node::pci_devices));
    ASSERT_TRUE(text);
    const std::string none(15, ' '), line = "\t" + none + "0", io = "\t            c001", wide = "\t        fe00000c";
    const std::string sizes = "\t              40" + line + "\t            4000" + line + line + line + line + "\t\n";
    const std::string ranges = io + line + wide + line + line + line + line + sizes;
    EXPECT_EQ(*text, "0008\t80867000\t0" + ranges + "0118\t10ec8139\tb" + ranges);
}

TEST_F(ProcPci, names_lead_to_what_is_there_and_to_nothing_else) {
    EXPECT_EQ(*look_up("bus/pci/01/03.0"), Inode::make(Node::pci_function, 0x118));
    EXPECT_EQ(*look_up("bus/pci/00"), Inode::make(Node::pci_bus, 0));
    EXPECT_EQ(*look_up("bus/pci/01/../00/01.0"), Inode::make(Node::pci_function, 8));
    for (const char *wrong :
         {"bus/pci/02", "bus/pci/0", "bus/pci/001", "bus/pci/0g", "bus/pci/00/01.1", "bus/pci/00/1.0",
          "bus/pci/00/20.0", "bus/pci/00/01.8", "bus/pci/00/01-0", "bus/pci/01/01.0"})
        EXPECT_EQ(look_up(wrong).error(), Error::no_entry) << wrong;
}

TEST_F(ProcPci, without_a_server_the_list_is_empty) {
    server = endpoint::none;
    EXPECT_EQ(*read(Inode::make(Node::pci_devices)), "");
    EXPECT_EQ(look_up("bus/pci/00").error(), Error::no_entry);
    EXPECT_EQ(read(Inode::make(Node::pci_function, 8)).error(), Error::no_entry);
}

TEST_F(ProcPci, server_that_died_is_looked_for_once_more) {
    unsigned deaths = 1;
    const auto next = system.peer_hooks[pci::Next::number];
    system.peer_hooks[pci::Next::number] = [&](Endpoint peer, const Message &request) {
        if (deaths == 0) return next(peer, request);
        --deaths;
        return encode_error(request.type, request.tag, to_wire(Error::dead_peer));
    };
    EXPECT_TRUE(look_up("bus/pci/00"));
    EXPECT_EQ(looked_up, 2u);
    deaths = 2;
    EXPECT_EQ(look_up("bus/pci/00").error(), Error::dead_peer);
}

TEST_F(ProcPci, function_that_goes_while_it_is_described_is_left_out) {
    const auto describe = system.peer_hooks[pci::Describe::number];
    system.peer_hooks[pci::Describe::number] = [&](Endpoint peer, const Message &request) {
        functions.erase(8);
        return describe(peer, request);
    };
    EXPECT_EQ(read(Inode::make(Node::pci_devices))->substr(0, 13), "0118\t10ec8139");
}

TEST_F(ProcPci, server_that_goes_back_is_not_followed) {
    system.answer<pci::Next>([](Endpoint, const pci::Next &request) -> Result<pci::Next::Reply> {
        return pci::Next::Reply{request.from != 0 ? request.from - 1 : 7, 1, 1};
    });
    EXPECT_EQ(read(Inode::make(Node::pci_devices)).error(), Error::io);
    system.answer<pci::Next>([](Endpoint, const pci::Next &) -> Result<pci::Next::Reply> {
        return pci::Next::Reply{pci::places, 1, 1};
    });
    EXPECT_EQ(read(Inode::make(Node::pci_devices)).error(), Error::io);
}

TEST_F(ProcPci, every_place_has_a_name_that_leads_back) {
    for (std::uint32_t place = 0; place < pci::places; ++place) {
        ASSERT_EQ(*procfs::bus_named(procfs::name_of_bus(place >> 8).view()), place >> 8);
        ASSERT_EQ(*procfs::function_named(place >> 8, procfs::name_of_function(place).view()), place);
    }
}

}  // namespace
}  // namespace axo
