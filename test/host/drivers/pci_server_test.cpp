// sources: drivers/pci/server.cpp drivers/pci/functions.cpp drivers/pci/bars.cpp drivers/pci/config_space.cpp drivers/pci/reserve.cpp
// The PCI server over made-up machines: each function once, behind bridges and after rescans; what a function decodes,
// as far as it can be believed; and machines that lie.
#include "drivers/pci/server.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <random>
#include <set>

#include "axo/ds_protocol.hpp"
#include "axo/rs_protocol.hpp"
#include "lib/base/fixed_string.hpp"
#include "test/host/drivers/pci_machine.hpp"
#include "test/host/fake/heap_faults.hpp"

namespace axo {
namespace {

constexpr Endpoint client = Endpoint::make(20, 0);

struct PciServer : testing::Test {
    fake::System system;
    fake::PciMachine machine{system};
    std::optional<fake::Service<pci::Server>> service;

    Status start() {
        service.emplace();
        return service->start();
    }
    template <Request R>
    auto ask(const R &request) {
        return *service->ask(client, request);
    }
    std::vector<std::uint32_t> listed() {
        std::vector<std::uint32_t> places;
        std::uint32_t from = 0;
        while (const auto next = ask(pci::Next{from, 0})) {
            places.push_back(next->place);
            from = next->place + 1;
        }
        return places;
    }
    pci::DescribeBar::Reply bar(pci::Place place, std::uint32_t index) {
        return *ask(pci::DescribeBar{place.number(), index});
    }
    static std::vector<std::uint32_t> places(std::initializer_list<pci::Place> list) {
        std::vector<std::uint32_t> numbers;
        for (const pci::Place &place : list) numbers.push_back(place.number());
        return numbers;
    }
};

constexpr std::uint32_t ethernet = 0x020000, host_bridge = 0x060000;

TEST_F(PciServer, machine_without_pci_lists_nothing) {
    machine.present = false;
    ASSERT_TRUE(start());
    EXPECT_TRUE(listed().empty());
    EXPECT_EQ(ask(pci::Describe{0, 0}).error(), Error::no_entry);
    EXPECT_TRUE(ask(pci::Rescan{}));
}

TEST_F(PciServer, functions_are_listed_once_in_the_order_of_their_places) {
    machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet);
    machine.add({0, 0, 0}, 0x8086, 0x1237, host_bridge);
    machine.add({0, 1, 0}, 0x8086, 0x7000, 0x060100).many();
    machine.add({0, 1, 1}, 0x8086, 0x7010, 0x010180);
    machine.add({0, 1, 3}, 0x8086, 0x7113, 0x068000);
    ASSERT_TRUE(start());
    const auto all = places({{0, 0, 0}, {0, 1, 0}, {0, 1, 1}, {0, 1, 3}, {0, 3, 0}});
    EXPECT_EQ(listed(), all);
    const auto changes = ask(pci::Rescan{});
    ASSERT_TRUE(changes);
    EXPECT_EQ(changes->came, 0u);
    EXPECT_EQ(changes->gone, 0u);
    EXPECT_EQ(listed(), all);
}

TEST_F(PciServer, device_of_one_function_shows_none_of_its_echoes) {
    for (std::uint8_t function = 0; function < 8; ++function) machine.add({0, 4, function}, 0x1000, 0x12, 0x010000);
    machine.add({0, 5, 1}, 0x1000, 0x13, 0x010000);  // without a function 0 there is no device
    ASSERT_TRUE(start());
    EXPECT_EQ(listed(), places({{0, 4, 0}}));
}

TEST_F(PciServer, function_says_what_it_is) {
    auto &card = machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet);
    card.put(pci::reg::subsystem, 0x1100'1af4, 4);
    card.put(pci::reg::interrupt_line, 11, 1);
    card.put(pci::reg::interrupt_pin, 1, 1);
    ASSERT_TRUE(start());
    const auto about = ask(pci::Describe{pci::Place{0, 3, 0}.number(), 0});
    ASSERT_TRUE(about);
    EXPECT_EQ(about->vendor, 0x8086);
    EXPECT_EQ(about->device, 0x100e);
    EXPECT_EQ(about->subsystem_vendor, 0x1af4);
    EXPECT_EQ(about->subsystem, 0x1100);
    EXPECT_EQ(about->class_code, ethernet);
    EXPECT_EQ(about->revision, 1);
    EXPECT_EQ(about->interrupt_line, 11);
    EXPECT_EQ(about->interrupt_pin, 1);
    EXPECT_EQ(ask(pci::ReadRegister{pci::Place{0, 3, 0}.number(), 0x2e, 2})->value, 0x1100u);
}

TEST_F(PciServer, registers_that_cannot_be_are_refused) {
    machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet);
    ASSERT_TRUE(start());
    const std::uint32_t there = pci::Place{0, 3, 0}.number();
    EXPECT_EQ(ask(pci::ReadRegister{there, 0x2d, 2}).error(), Error::invalid);
    EXPECT_EQ(ask(pci::ReadRegister{there, 0x100, 1}).error(), Error::invalid);
    EXPECT_EQ(ask(pci::ReadRegister{there, 0, 3}).error(), Error::invalid);
    EXPECT_EQ(ask(pci::ReadRegister{there, 0, 0}).error(), Error::invalid);
    EXPECT_EQ(ask(pci::ReadRegister{there + 1, 0, 4}).error(), Error::no_entry);
    EXPECT_EQ(ask(pci::DescribeBar{there, 6}).error(), Error::invalid);
    EXPECT_EQ(ask(pci::DescribeBar{there + 8, 0}).error(), Error::no_entry);
    EXPECT_EQ(ask(pci::Next{pci::places, 0}).error(), Error::no_entry);
    EXPECT_EQ(ask(pci::Next{~0u, 0}).error(), Error::no_entry);
}

TEST_F(PciServer, what_is_behind_bridges_behind_bridges_is_found) {
    machine.add_bridge({0, 2, 0}, 1);
    machine.add_bridge({1, 0, 0}, 7);
    machine.add_cardbus({7, 5, 0}, 9);
    machine.add({7, 31, 0}, 0x1b36, 0x10, 0x010802);
    machine.add({9, 0, 0}, 0x10ec, 0x8139, ethernet);
    machine.add({3, 0, 0}, 0x10ec, 0x8139, ethernet);  // on a bus that nobody leads to
    ASSERT_TRUE(start());
    EXPECT_EQ(listed(), places({{0, 2, 0}, {1, 0, 0}, {7, 5, 0}, {7, 31, 0}, {9, 0, 0}}));
    EXPECT_EQ(ask(pci::Describe{pci::Place{7, 5, 0}.number(), 0})->bus_behind, 9);
}

TEST_F(PciServer, bridges_that_lead_in_a_circle_are_followed_once) {
    machine.add_bridge({0, 2, 0}, 1);
    machine.add_bridge({0, 3, 0}, 1);
    machine.add_bridge({1, 0, 0}, 1);
    machine.add_bridge({1, 1, 0}, 2);
    machine.add_bridge({2, 0, 0}, 0);
    machine.add({1, 4, 0}, 0x1b36, 0x10, 0x010802);
    ASSERT_TRUE(start());
    EXPECT_EQ(listed(), places({{0, 2, 0}, {0, 3, 0}, {1, 0, 0}, {1, 1, 0}, {1, 4, 0}, {2, 0, 0}}));
}

TEST_F(PciServer, bridge_is_one_by_header_and_class_and_when_it_was_set_up) {
    machine.add({0, 2, 0}, 0x1b36, 1, ethernet, 1).put(pci::reg::secondary_bus, 1, 1);
    machine.add({0, 3, 0}, 0x1b36, 1, 0x060400, 0).put(pci::reg::secondary_bus, 1, 1);
    machine.add({0, 4, 0}, 0x1b36, 1, 0x060400, 0x7f).put(pci::reg::secondary_bus, 1, 1);
    machine.add_bridge({0, 5, 0}, 0);
    machine.add({1, 0, 0}, 0x10ec, 0x8139, ethernet);
    ASSERT_TRUE(start());
    EXPECT_EQ(listed(), places({{0, 2, 0}, {0, 3, 0}, {0, 4, 0}, {0, 5, 0}}));
}

TEST_F(PciServer, ranges_are_measured_while_nothing_is_decoded_and_all_is_put_back) {
    auto &card = machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet)
                     .bar(0, 0xfebc'0000, 0x20000)
                     .bar(1, 0xc001, 0x40)
                     .bar(2, 0x8'0000'000c, 0x4'0000'0000, true)
                     .bar(5, 0xfeb0'0008, 0x1000);
    const auto before = card.registers;
    ASSERT_TRUE(start());
    const pci::Place place{0, 3, 0};
    EXPECT_EQ(bar(place, 0).address, 0xfebc'0000u);
    EXPECT_EQ(bar(place, 0).size, 0x20000u);
    EXPECT_EQ(bar(place, 0).kind, pci::BarKind::memory);
    EXPECT_EQ(bar(place, 1).address, 0xc000u);
    EXPECT_EQ(bar(place, 1).size, 0x40u);
    EXPECT_EQ(bar(place, 1).kind, pci::BarKind::io);
    EXPECT_EQ(bar(place, 2).address, 0x8'0000'0000u);
    EXPECT_EQ(bar(place, 2).size, 0x4'0000'0000u);
    EXPECT_EQ(bar(place, 2).kind, pci::BarKind::memory64);
    EXPECT_EQ(bar(place, 2).prefetchable, 1u);
    EXPECT_EQ(bar(place, 3).size, 0u);
    EXPECT_EQ(bar(place, 4).kind, pci::BarKind::none);
    EXPECT_EQ(bar(place, 5).size, 0x1000u);
    EXPECT_EQ(bar(place, 5).prefetchable, 1u);
    EXPECT_EQ(card.registers, before);
    EXPECT_FALSE(card.decoded_while_sized);
}

TEST_F(PciServer, ports_of_sixteen_bits_are_measured) {
    auto &card = machine.add({0, 3, 0}, 0x10ec, 0x8139, ethernet).bar(0, 0xc101, 0x100);
    card.let_write(pci::reg::first_bar, 0xff00);  // the upper half is wired to zero
    ASSERT_TRUE(start());
    EXPECT_EQ(bar({0, 3, 0}, 0).size, 0x100u);
    EXPECT_EQ(bar({0, 3, 0}, 0).address, 0xc100u);
}

TEST_F(PciServer, ranges_that_no_hardware_can_mean_are_none) {
    auto &card = machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet);
    card.let_write(0x10, 0xff0f'0000);                       // a hole in the mask
    card.bar(1, 0xc001, 0x40).let_write(0x14, 0xffff'ffff);  // flags that change
    card.put(0x18, 0x8000'0000, 4);                          // an address that cannot be written
    card.bar(5, 0xfeb0'0004, 0x1000);                        // 64 bits in the last register
    ASSERT_TRUE(start());
    for (std::uint32_t index = 0; index < 6; ++index) EXPECT_EQ(bar({0, 3, 0}, index).size, 0u) << index;
}

TEST_F(PciServer, host_bridge_keeps_decoding) {
    auto &bridge = machine.add({0, 0, 0}, 0x8086, 0x1237, host_bridge).bar(0, 0xe000'0000, 0x1000'0000);
    ASSERT_TRUE(start());
    EXPECT_EQ(bridge.bar_writes, 0u);
    EXPECT_EQ(bar({0, 0, 0}, 0).size, 0u);
}

TEST_F(PciServer, bridges_have_the_ranges_that_their_header_has_room_for) {
    auto &bridge = machine.add_bridge({0, 2, 0}, 1);
    for (unsigned index = 0; index < 6; ++index) bridge.bar(index, 0xfe00'0000, 0x1000);
    bridge.put(pci::reg::secondary_bus, 1, 1);
    bridge.let_write(pci::reg::secondary_bus, 0, 1);
    auto &cardbus = machine.add_cardbus({0, 3, 0}, 2).bar(0, 0xfe00'0000, 0x1000).bar(1, 0xfe00'1000, 0x1000);
    ASSERT_TRUE(start());
    EXPECT_EQ(bar({0, 2, 0}, 1).size, 0x1000u);
    EXPECT_EQ(bar({0, 2, 0}, 2).size, 0u);
    EXPECT_EQ(bar({0, 3, 0}, 0).size, 0x1000u);
    EXPECT_EQ(bar({0, 3, 0}, 1).size, 0u);
    EXPECT_EQ(cardbus.bar_writes, 3u);
}

TEST_F(PciServer, rescan_finds_what_came_and_touches_nothing_else) {
    auto &card = machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet).bar(0, 0xfebc'0000, 0x20000);
    ASSERT_TRUE(start());
    const unsigned writes = card.bar_writes;
    machine.add({0, 6, 0}, 0x1b36, 0x10, 0x010802).bar(0, 0xfeb0'0000, 0x4000);
    auto changes = ask(pci::Rescan{});
    ASSERT_TRUE(changes);
    EXPECT_EQ(changes->came, 1u);
    EXPECT_EQ(changes->gone, 0u);
    EXPECT_EQ(card.bar_writes, writes);
    EXPECT_EQ(bar({0, 3, 0}, 0).size, 0x20000u);
    EXPECT_EQ(bar({0, 6, 0}, 0).size, 0x4000u);
    machine.functions.erase(pci::Place{0, 3, 0}.number());
    changes = ask(pci::Rescan{});
    EXPECT_EQ(changes->came, 0u);
    EXPECT_EQ(changes->gone, 1u);
    EXPECT_EQ(listed(), places({{0, 6, 0}}));
}

TEST_F(PciServer, another_device_at_the_same_place_is_another) {
    machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet).bar(0, 0xfebc'0000, 0x20000);
    ASSERT_TRUE(start());
    machine.add({0, 3, 0}, 0x10ec, 0x8139, ethernet).bar(0, 0xc001, 0x100);
    const auto changes = ask(pci::Rescan{});
    EXPECT_EQ(changes->came, 1u);
    EXPECT_EQ(changes->gone, 1u);
    EXPECT_EQ(bar({0, 3, 0}, 0).kind, pci::BarKind::io);
    EXPECT_EQ(ask(pci::Describe{pci::Place{0, 3, 0}.number(), 0})->device, 0x8139);
}

TEST_F(PciServer, rescan_without_memory_leaves_the_table_as_it_was) {
    for (std::uint8_t device = 0; device < 20; ++device) machine.add({0, device, 0}, 0x8086, 0x100e, ethernet);
    ASSERT_TRUE(start());
    const auto before = listed();
    for (std::uint8_t device = 20; device < 32; ++device) machine.add({0, device, 0}, 0x8086, 0x100e, ethernet);
    unsigned refused = 0;
    for (std::uint64_t n = 0;; ++n) {
        fake::HeapFaults::fail_after(n);
        const auto changes = ask(pci::Rescan{});
        fake::HeapFaults::stop();
        if (changes) break;
        EXPECT_EQ(changes.error(), Error::no_memory);
        EXPECT_EQ(listed(), before);
        ++refused;
    }
    EXPECT_GE(refused, 2u);
    EXPECT_EQ(listed().size(), 32u);
}

TEST_F(PciServer, update_keeps_the_table_without_asking_the_machine) {
    auto &card = machine.add({0, 3, 0}, 0x8086, 0x100e, ethernet).bar(0, 0xfebc'0000, 0x20000);
    ASSERT_TRUE(start());
    const unsigned writes = card.bar_writes;
    sef::Init update{};
    update.kind = rs::InitKind::update;
    ASSERT_TRUE(service->start(update));
    EXPECT_EQ(card.bar_writes, writes);
    EXPECT_EQ(listed(), places({{0, 3, 0}}));
}

/// A driver labelled "card" that may use what `allowed` says, and RS, which notes what it gives.
struct PciReservation : PciServer {
    std::map<std::uint64_t, std::string> ports, memory;  // first: label
    std::set<std::uint64_t> lines;
    std::string label = "card", asked_for;
    bool allowed = true;
    const pci::Place place{0, 3, 0};
    fake::PciFunction *card = nullptr;

    void SetUp() override {
        card = &machine.add(place, 0x8086, 0x100e, ethernet)
                    .bar(0, 0xfebc'0000, 0x20000)
                    .bar(1, 0xc001, 0x40)
                    .bar(2, 0xfeb0'0100, 0x100);
        card->put(pci::reg::interrupt_line, 11, 1);
        card->put(pci::reg::interrupt_pin, 1, 1);
        card->put(pci::reg::command, 0, 2);
        system.answer<ds::LabelOf>([this](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> {
            if (label.empty()) return Error::no_process;
            ds::LabelOf::Reply reply{};
            put_text(reply.label, label);
            return reply;
        });
        system.answer<rs::MayUseDevice>([this](Endpoint, const rs::MayUseDevice &asked) -> Result<Nothing> {
            EXPECT_EQ(asked.vendor, 0x8086);
            EXPECT_EQ(asked.class_code, ethernet);
            asked_for = text_of(asked.label);
            if (!allowed) return Error::not_permitted;
            return Nothing{};
        });
        system.answer<rs::GiveRight>([this](Endpoint, const rs::GiveRight &right) { return give(right); });
        ASSERT_TRUE(start());
    }
    Result<Nothing> give(const rs::GiveRight &right) {
        if (right.kind == rs::RightKind::interrupt) {
            lines.insert(right.first);
            return Nothing{};
        }
        auto &list = right.kind == rs::RightKind::ports ? ports : memory;
        if (list.contains(right.first) && list[right.first] != text_of(right.label)) return Error::busy;
        list[right.first] = text_of(right.label);
        return Nothing{};
    }
    Result<Nothing> reserve() { return ask(pci::Reserve{place.number(), 0}); }
    bool decodes() const { return (card->get(pci::reg::command, 2) & 3) == 3; }
};

TEST_F(PciReservation, gives_ports_whole_pages_and_the_line_and_lets_it_decode) {
    ASSERT_TRUE(reserve());
    EXPECT_EQ(ports, (std::map<std::uint64_t, std::string>{{0xc000, "card"}}));
    EXPECT_EQ(memory, (std::map<std::uint64_t, std::string>{{0xfebc'0000, "card"}})) << "no part of a page";
    EXPECT_EQ(lines, std::set<std::uint64_t>{11});
    EXPECT_EQ(asked_for, "card");
    EXPECT_TRUE(decodes());
    EXPECT_TRUE(reserve()) << "once more is no error";
}

TEST_F(PciReservation, what_the_configuration_does_not_name_is_refused) {
    allowed = false;
    EXPECT_EQ(reserve().error(), Error::not_permitted);
    EXPECT_TRUE(ports.empty() && memory.empty() && lines.empty());
    EXPECT_FALSE(decodes());
    label.clear();
    EXPECT_EQ(reserve().error(), Error::no_process);
    EXPECT_EQ(ask(pci::Reserve{1, 0}).error(), Error::no_entry);
}

TEST_F(PciReservation, another_service_finds_it_busy_even_after_the_server_was_restarted) {
    ASSERT_TRUE(reserve());
    ASSERT_TRUE(start());  // nothing is remembered
    label = "other";
    EXPECT_EQ(reserve().error(), Error::busy);
    label = "card";
    EXPECT_TRUE(reserve());
}

TEST_F(PciReservation, silent_lines_are_not_given) {
    card->put(pci::reg::interrupt_line, 255, 1);
    ASSERT_TRUE(start());
    ASSERT_TRUE(reserve());
    EXPECT_TRUE(lines.empty());
}

TEST_F(PciReservation, several_at_a_time_with_late_answers_are_as_one_after_the_other) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        ports.clear();
        memory.clear();
        ASSERT_TRUE(start());
        system.answer_late(seed);
        std::vector<std::uint64_t> tags;
        std::vector<std::string> who;
        std::mt19937_64 random(seed);
        for (int i = 0; i < 6; ++i) {
            who.push_back(random() % 2 != 0 ? "card" : "other");
            label = who.back();
            tags.push_back(service->send(client, pci::Reserve{place.number(), 0}));
        }
        while (service->step()) {}
        std::set<std::string> holders;
        for (const auto &[first, holder] : ports) holders.insert(holder);
        for (const auto &[first, holder] : memory) holders.insert(holder);
        EXPECT_EQ(holders.size(), 1u) << "seed " << seed;
        for (std::size_t i = 0; i < tags.size(); ++i) {
            const auto reply = service->reply_of<pci::Reserve>(client, tags[i]);
            ASSERT_TRUE(reply) << "seed " << seed;
            EXPECT_EQ(reply->has_value(), who[i] == *holders.begin()) << "seed " << seed;
        }
        system.traffic.reset();
    }
}

/// Any bytes at all, with bridges more often than they come by chance.
void make_up(fake::PciMachine &machine, std::mt19937_64 &random) {
    for (int n = 0; n < 200; ++n) {
        fake::PciFunction function;
        for (auto &byte : function.registers) byte = static_cast<std::uint8_t>(random());
        for (auto &byte : function.writable) byte = static_cast<std::uint8_t>(random());
        if (random() % 2 == 0) {
            function.put(pci::reg::class_revision, 0x060400 << 8, 4);
            function.put(pci::reg::header_type, random() % 2 != 0 ? 0x81 : 1, 1);
        }
        const std::uint64_t bus = random() % 4 == 0 ? random() % 256 : random() % 4;
        machine.functions[static_cast<std::uint16_t>(bus << 8 | random() % 256)] = function;
    }
}

TEST_F(PciServer, walk_of_any_machine_ends_with_ranges_that_can_be) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        machine.functions.clear();
        make_up(machine, random);
        ASSERT_TRUE(start());
        const auto found = listed();
        EXPECT_EQ(std::set(found.begin(), found.end()).size(), found.size());
        for (const std::uint32_t place : found) {
            EXPECT_TRUE(machine.functions.contains(static_cast<std::uint16_t>(place)));
            for (std::uint32_t index = 0; index < 6; ++index) {
                const auto range = *ask(pci::DescribeBar{place, index});
                EXPECT_TRUE(range.size == 0 || std::has_single_bit(range.size));
                EXPECT_EQ(range.size == 0, range.kind == pci::BarKind::none);
            }
        }
    }
}

}  // namespace
}  // namespace axo
