// Live update as a service sees it (ref 2.5, 9.2): which states are accepted, when it is ready, what calls it off.
#include <gtest/gtest.h>

#include <algorithm>

#include "axo/device_protocol.hpp"
#include "axo/layout.hpp"
#include "axo/pm_protocol.hpp"
#include "lib/sef/arena_scan.hpp"
#include "lib/sys/region.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

using StateChange = std::pair<std::uint32_t, std::uint32_t>;

/// Remembers what SEF told it.
struct Observed {
    struct State {
        int unused = 0;
    };
    using Requests = device::CharacterRequests;
    explicit Observed(State &) {}
    void state_changed(std::uint32_t old, std::uint32_t now) { changes.emplace_back(old, now); }
    void dump_state(std::uint32_t, std::uint64_t cycle) { last_cycle = cycle; }
    Status save_state(std::uint32_t) { return saved; }

    template <typename R>
    void on(Endpoint, const R &, sef::ReplyTo<typename R::Reply> reply) {
        reply.fail(Error::io);
    }
    sef::Task on(Endpoint, device::Read, sef::ReplyTo<device::Read::Reply> reply) {
        const pm::LookupPid question{.process = endpoint::vfs};
        const auto answer = co_await sef::request(endpoint::pm, question);
        reply.ok({.bytes = answer ? 1u : 0u});
    }

    std::vector<StateChange> changes;
    std::uint64_t last_cycle = 0;
    Status saved{};
};

/// Knows a state of its own, which depends on what it does.
struct Custom : Observed {
    using Observed::Observed;
    bool state_valid(std::uint32_t state) { return state == sef::update_state::first_custom; }
    bool prepare(std::uint32_t) { return idle; }
    bool idle = false;
};

template <class Service>
struct Machine {
    explicit Machine(const sef::ready_when::Policy &policy) : options{.update = policy}, dispatcher(service, options) {
        system.template answer<rs::UpdateReady>([this](Endpoint, const rs::UpdateReady &ready) -> Result<Nothing> {
            reports.push_back(ready);
            return rs_says;
        });
    }
    void prepare(std::uint32_t state, Endpoint from = endpoint::rs) {
        Message message = encode_request(rs::UpdatePrepare{state, 0, seconds(1)}, 0);
        message.source = from;
        message.flags = static_cast<std::uint16_t>(IpcCall::senda);
        dispatcher.dispatch(message);
    }
    std::uint64_t read() {
        Message message = encode_request(device::Read{}, 99);
        message.source = endpoint::vfs;
        message.flags = static_cast<std::uint16_t>(IpcCall::sendrec);
        dispatcher.dispatch(message);
        return 99;
    }
    void step() { dispatcher.before_receive(); }
    std::int64_t last_result() const { return reports.empty() ? 1 : reports.back().result; }

    fake::System system;
    sef::Options options;
    typename Service::State kept;
    Service service{kept};
    sef::Dispatcher<Service> dispatcher;
    std::vector<rs::UpdateReady> reports;
    Result<Nothing> rs_says = Error::service_restarted;
};

TEST(UpdateStates, service_without_support_answers_no_syscall_and_serves_on) {
    Machine<Observed> machine(sef::ready_when::never_supported);
    machine.prepare(1);
    EXPECT_EQ(machine.last_result(), to_wire(Error::no_syscall));
    EXPECT_TRUE(machine.service.changes.empty());
    machine.step();
    EXPECT_EQ(machine.reports.size(), 1u);
}

TEST(UpdateStates, unknown_state_is_invalid) {
    Machine<Observed> machine(sef::ready_when::work_free);
    machine.prepare(2);
    EXPECT_EQ(machine.last_result(), to_wire(Error::invalid));
    machine.prepare(4);
    EXPECT_EQ(machine.reports.size(), 2u);
}

TEST(UpdateStates, ready_service_reports_before_the_next_receive) {
    Machine<Observed> machine(sef::ready_when::always);
    machine.prepare(3);
    EXPECT_TRUE(machine.reports.empty());
    machine.step();
    ASSERT_EQ(machine.reports.size(), 1u);
    EXPECT_EQ(machine.reports[0].state, 3u);
    EXPECT_EQ(machine.reports[0].result, 0);
    EXPECT_EQ(machine.service.changes, (std::vector<StateChange>{{0, 3}, {3, 0}})) << "RS called it off";
    machine.step();
    EXPECT_EQ(machine.reports.size(), 1u);
}

TEST(UpdateStates, never_ready_service_waits_until_cancelled) {
    Machine<Observed> machine(sef::ready_when::never);
    machine.prepare(2);
    for (int i = 0; i < 3; ++i) machine.step();
    EXPECT_TRUE(machine.reports.empty());
    EXPECT_EQ(machine.service.last_cycle, 3u);
    machine.prepare(0);
    EXPECT_EQ(machine.service.changes, (std::vector<StateChange>{{0, 2}, {2, 0}}));
}

TEST(UpdateStates, work_free_is_not_asked) {
    Machine<Observed> machine(sef::ready_when::never);
    machine.prepare(1);
    machine.step();
    EXPECT_EQ(machine.reports.size(), 1u);
}

TEST(UpdateStates, only_rs_may_ask) {
    Machine<Observed> machine(sef::ready_when::always);
    machine.prepare(1, endpoint::pm);
    machine.step();
    EXPECT_TRUE(machine.reports.empty());
}

TEST(UpdateStates, error_of_save_state_is_reported) {
    Machine<Observed> machine(sef::ready_when::always);
    machine.service.saved = Error::no_space;
    machine.prepare(1);
    machine.step();
    EXPECT_EQ(machine.last_result(), to_wire(Error::no_space));
}

TEST(UpdateStates, update_waits_for_requests_on_their_way) {
    Machine<Observed> machine(sef::ready_when::always);
    machine.read();
    const auto asked = machine.system.take_request(pm::LookupPid::number);
    ASSERT_TRUE(asked);
    machine.prepare(1);
    machine.step();
    EXPECT_TRUE(machine.reports.empty()) << "its handler would be lost";
    Message answer = encode_reply(pm::LookupPid::number, asked->message.tag, pm::LookupPid::Reply{});
    answer.source = endpoint::pm;
    machine.dispatcher.dispatch(answer);
    machine.step();
    EXPECT_EQ(machine.reports.size(), 1u);
}

TEST(UpdateStates, own_state_depends_on_the_service) {
    Machine<Custom> machine(sef::ready_when::never_supported);
    machine.prepare(1);
    EXPECT_EQ(machine.last_result(), to_wire(Error::invalid));
    machine.prepare(4);
    machine.step();
    EXPECT_EQ(machine.reports.size(), 1u);
    machine.service.idle = true;
    machine.step();
    ASSERT_EQ(machine.reports.size(), 2u);
    EXPECT_EQ(machine.reports[1].state, 4u);
    EXPECT_EQ(machine.reports[1].result, 0);
}

TEST(UpdateStatesDeath, crashing_policy_crashes) {
    Machine<Observed> machine(sef::ready_when::crash);
    machine.prepare(2);
    EXPECT_DEATH(machine.step(), "");
}

TEST(Predefined, init_can_be_replaced_per_kind) {
    struct Plain : Observed {
        using Observed::Observed;
        Status init(const sef::Init &) { return {}; }
    };
    fake::System system;
    Plain::State state;
    Plain service(state);
    sef::Options options{.init = {.update = sef::on_init::fail}};
    rs::Init request{};
    EXPECT_TRUE(sef::detail::initialise(service, request, options));
    request.kind = rs::InitKind::update;
    EXPECT_EQ(sef::detail::initialise(service, request, options).error(), Error::no_syscall);
    request.kind = static_cast<rs::InitKind>(9);
    EXPECT_EQ(sef::detail::initialise(service, request, options).error(), Error::invalid);
}

TEST(ArenaScan, finds_the_first_word_in_the_image) {
    const std::uint64_t words[] = {0, 0x3f'ffff, 0x50'0000, 0x40'0000, 0x4f'ffff};
    EXPECT_EQ(sef::find_word_between(words, 0x40'0000, 0x50'0000), 3u);
    EXPECT_EQ(sef::find_word_between(words, 0x60'0000, 0x70'0000), 5u);
}

TEST(Region, names_memory_of_the_process_by_handle_and_offset) {
    constexpr std::uint64_t address = layout::regions + 0x5000;
    const sys::Region region(address, 2 * page_size);
    EXPECT_TRUE(region.exists());
    EXPECT_EQ(region.handle(), address);
    EXPECT_EQ(region.at(0x123), reinterpret_cast<std::byte *>(address + 0x123));
    EXPECT_FALSE(sys::Region().exists());
    std::uint64_t named[sizeof region / sizeof(std::uint64_t)];
    std::memcpy(named, &region, sizeof region);
    EXPECT_EQ(std::ranges::count(named, address), 0) << "no address in a State";
}

}  // namespace
}  // namespace axo
