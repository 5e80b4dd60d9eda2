// sources: drivers/edu/edu.cpp drivers/edu/attach.cpp drivers/edu/number_text.cpp lib/driver/announce.cpp
// The edu driver over a model of the device: what it computes, who waits, whose interrupt it is, restart and update.
#include <gtest/gtest.h>

#include "axo/ds_protocol.hpp"
#include "axo/pci_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "drivers/edu/edu.hpp"
#include "drivers/edu/number_text.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo {
namespace {

/// The device as its specification has it; a computation ends when the test says so.
struct EduModel {
    bool there = true;
    std::uint32_t liveness = 0, factorial = 0, status = 0, pending = 0, argument = 0;

    void finish() {
        factorial = 1;
        for (std::uint32_t n = argument; n > 1; --n) factorial *= n;
        status &= ~1u;
        if ((status & 0x80) != 0) pending |= 1;
    }
    std::uint32_t load(std::uint32_t offset) const {
        switch (offset) {
            case 0x00: return there ? 0x0100'00edu : ~0u;
            case 0x04: return ~liveness;
            case 0x08: return factorial;
            case 0x20: return status;
            case 0x24: return pending;
            default: ADD_FAILURE() << "register " << offset << " read"; return 0;
        }
    }
    void store(std::uint32_t offset, std::uint32_t value) {
        switch (offset) {
            case 0x04: liveness = value; break;
            case 0x08:
                if ((status & 1) != 0) break;  // it computes
                argument = value;
                status |= 1;
                break;
            case 0x20: status = (status & 1) | (value & 0x80); break;
            case 0x64: pending &= ~value; break;
            default: ADD_FAILURE() << "register " << offset << " written";
        }
    }
};
EduModel *model;

}  // namespace

namespace edu {
std::uint32_t MappedBus::load(std::uint32_t offset) const { return model->load(offset); }
void MappedBus::store(std::uint32_t offset, std::uint32_t value) const { model->store(offset, value); }
}  // namespace edu

namespace {

constexpr Endpoint client = endpoint::vfs, server = Endpoint::make(21, 1);
constexpr std::uint32_t line = 11;
constexpr pci::Describe::Reply description{0x1234, 0x11e8, 0x1af4, 0x1100, 0x00ff00, 0x10, line, 1, 0};

struct EduDriver : testing::Test {
    fake::System system;
    EduModel chip;
    std::optional<fake::Service<edu::Edu>> service;
    std::optional<Error> reserved;
    bool plugged = true, enabled = false;
    unsigned hooks = 0;

    void SetUp() override {
        model = &chip;
        system.answer<ds::LabelOf>(
            [](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> { return Error::no_process; });
        system.answer<ds::Publish>([](Endpoint, const ds::Publish &) -> Result<Nothing> { return Nothing{}; });
        system.answer<ds::EndpointOf>([](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> {
            return ds::EndpointOf::Reply{server};
        });
        system.answer<pci::Next>([this](Endpoint, const pci::Next &request) -> Result<pci::Next::Reply> {
            if (request.from <= 0x08) return pci::Next::Reply{0x08, 0x8086, 0x7000};
            if (plugged && request.from <= 0x18) return pci::Next::Reply{0x18, 0x1234, 0x11e8};
            return Error::no_entry;
        });
        system.answer<pci::Reserve>([this](Endpoint, const pci::Reserve &request) -> Result<Nothing> {
            EXPECT_EQ(request.place, 0x18u);
            if (reserved) return *reserved;
            return Nothing{};
        });
        system.answer<pci::Describe>(
            [](Endpoint, const pci::Describe &) -> Result<pci::Describe::Reply> { return description; });
        system.answer<pci::DescribeBar>([](Endpoint, const pci::DescribeBar &) -> Result<pci::DescribeBar::Reply> {
            return pci::DescribeBar::Reply{0xfea0'0000, 1 << 20, pci::BarKind::memory, 0};
        });
        system.answer<vm::MapPhysical>([](Endpoint, const vm::MapPhysical &) -> Result<vm::MapPhysical::Reply> {
            return vm::MapPhysical::Reply{VirtAddr{0x1000}, 0x1000};
        });
        system.answer<vm::RegionFree>([](Endpoint, const vm::RegionFree &) -> Result<Nothing> { return Nothing{}; });
        system.on_kernel(KernelCall::irq_control, [this](const fake::Arguments &a, std::uint64_t &) -> std::int64_t {
            if (static_cast<IrqRequest>(a[0]) == IrqRequest::enable) {
                EXPECT_EQ(a[1], hooks);
                enabled = true;
                return 0;
            }
            EXPECT_EQ(a[1], line);
            return ++hooks;
        });
    }
    void start(rs::InitKind kind = rs::InitKind::fresh) {
        if (kind == rs::InitKind::update) {
            auto state = std::make_unique<edu::EduState>(std::move(service->state()));
            service.emplace(std::move(state));
        } else {
            service.emplace();
        }
        sef::Init init{};
        init.kind = kind;
        ASSERT_TRUE(service->start(init));
    }
    void interrupt() {
        enabled = false;
        Message message{};
        message.source = endpoint::hardware;
        message.type = message_type::notify;
        message.flags = static_cast<std::uint16_t>(IpcCall::notify);
        message.words[0] = 1;
        service->deliver(message);
        EXPECT_TRUE(enabled) << "the line stays closed for ever";
    }
    Status open() {
        const auto opened =
            *service->ask(client, device::Open{.minor = edu::minor_edu, .flags = 3, .session = 0, .group = 0});
        return opened ? Status{} : Status{opened.error()};
    }
    Status write(std::string_view text) {
        const auto answer = *service->ask(client, device::Write{.minor = edu::minor_edu,
                                                                .flags = device::open_flag::bounded,
                                                                .offset = 0,
                                                                .bytes = text.size(),
                                                                .buffer = system.grant(client, text),
                                                                .group = 0,
                                                                .session = 0,
                                                                .reserved = 0});
        return answer ? Status{} : Status{answer.error()};
    }
    Result<std::string> read() {
        char text[32];
        const auto answer = *service->ask(client, device::Read{.minor = edu::minor_edu,
                                                               .flags = device::open_flag::bounded,
                                                               .offset = 0,
                                                               .bytes = sizeof text,
                                                               .buffer = system.grant(client, text, sizeof text),
                                                               .group = 0,
                                                               .session = 0,
                                                               .reserved = 0});
        if (!answer) return answer.error();
        return std::string(text, answer->bytes);
    }
};

TEST_F(EduDriver, number_written_is_computed_and_read) {
    start();
    ASSERT_TRUE(open());
    EXPECT_EQ(*read(), "") << "nothing yet";
    ASSERT_TRUE(write("5\n"));
    chip.finish();
    interrupt();
    EXPECT_EQ(*read(), "120\n");
    EXPECT_EQ(chip.pending, 0u) << "acknowledged";
    ASSERT_TRUE(write("13"));
    chip.finish();
    interrupt();
    EXPECT_EQ(*read(), std::to_string(6227020800ull % (1ull << 32)) + "\n");
}

TEST_F(EduDriver, who_comes_while_it_computes_is_told_when_to_come_again) {
    start();
    ASSERT_TRUE(open());
    ASSERT_TRUE(write("6"));
    EXPECT_EQ(read().error(), Error::again);
    EXPECT_EQ(write("7").error(), Error::again);
    EXPECT_EQ(chip.argument, 6u);
    EXPECT_FALSE(system.take_request(device::PollReady::number));
    chip.finish();
    interrupt();
    const auto told = system.take_request(device::PollReady::number);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->peer, client);
    EXPECT_EQ(*read(), "720\n");
}

TEST_F(EduDriver, interrupt_of_another_device_on_the_line_changes_nothing) {
    start();
    ASSERT_TRUE(open());
    ASSERT_TRUE(write("4"));
    interrupt();
    EXPECT_EQ(read().error(), Error::again);
    chip.finish();
    interrupt();
    interrupt();
    EXPECT_EQ(*read(), "24\n");
}

TEST_F(EduDriver, what_is_no_number_is_refused_and_the_device_left_alone) {
    start();
    ASSERT_TRUE(open());
    for (const char *text : {"", "\n", "x", "1x", " 1", "-1", "4294967296", "99999999999999999999"})
        EXPECT_EQ(write(text).error(), Error::invalid) << text;
    EXPECT_EQ(chip.status & 1, 0u);
    EXPECT_EQ(*edu::number_in("4294967295\n"), 4294967295u);
}

TEST_F(EduDriver, without_a_device_there_is_none_to_open) {
    plugged = false;
    start();
    EXPECT_EQ(open().error(), Error::no_device_address);
    plugged = true;
    reserved = Error::busy;
    start();
    EXPECT_EQ(open().error(), Error::no_device_address);
    reserved.reset();
    chip.there = false;
    start();
    EXPECT_EQ(open().error(), Error::no_device_address);
    EXPECT_EQ(hooks, 0u);
}

TEST_F(EduDriver, restart_waits_for_what_the_predecessor_began) {
    start();
    ASSERT_TRUE(open());
    ASSERT_TRUE(write("5"));
    start(rs::InitKind::restart);
    ASSERT_TRUE(open());
    EXPECT_EQ(write("3").error(), Error::again) << "the device would not hear it";
    chip.finish();
    interrupt();
    EXPECT_EQ(*read(), "120\n");
    ASSERT_TRUE(write("3"));
    chip.finish();
    interrupt();
    EXPECT_EQ(*read(), "6\n");
}

TEST_F(EduDriver, restart_takes_an_interrupt_back_that_nobody_waits_for) {
    start();
    ASSERT_TRUE(open());
    ASSERT_TRUE(write("5"));
    chip.finish();
    start(rs::InitKind::restart);
    EXPECT_EQ(chip.pending, 0u);
    EXPECT_EQ(chip.status, 0u);
}

TEST_F(EduDriver, update_takes_over_a_computation_and_an_interrupt_that_is_pending) {
    start();
    ASSERT_TRUE(open());
    ASSERT_TRUE(write("5"));
    start(rs::InitKind::update);
    EXPECT_EQ(read().error(), Error::again);
    chip.finish();
    interrupt();
    EXPECT_EQ(*read(), "120\n");
    ASSERT_TRUE(write("6"));
    chip.finish();
    start(rs::InitKind::update);  // the notification went to the old version
    EXPECT_EQ(*read(), "720\n");
    EXPECT_TRUE(enabled);
}

}  // namespace
}  // namespace axo
