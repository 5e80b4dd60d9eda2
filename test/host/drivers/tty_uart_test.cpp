// The serial port driver against a model of the chip.
#include <gtest/gtest.h>

#include "test/host/drivers/fake_uart.hpp"

namespace axo {
namespace {

using test::FakeUart;

struct Typed {
    std::string text;
    unsigned breaks = 0, errors = 0;
    void input(std::uint8_t byte) { text.push_back(static_cast<char>(byte)); }
    void input_break() { ++breaks; }
    void input_error(std::uint8_t) { ++errors; }
};

std::span<const std::uint8_t> bytes_of(const std::string &text) {
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

struct UartTest : testing::Test {
    FakeUart chip;
    tty::Uart<FakeUart> uart{chip, FakeUart::first_port};
    Typed typed;

    void start() {
        ASSERT_TRUE(uart.reset());
        ASSERT_TRUE(uart.enable_interrupts());
    }
    void TearDown() override { EXPECT_EQ(chip.faults, std::vector<std::string>{}); }
};

TEST_F(UartTest, reset_sets_115200_baud_and_leaves_nothing_pending) {
    chip.type("old");
    ASSERT_TRUE(uart.reset());
    EXPECT_EQ(chip.divisor, 1);
    EXPECT_FALSE(chip.interrupt_pending());
}

TEST_F(UartTest, empty_bus_is_no_device) {
    chip.absent = true;
    EXPECT_EQ(uart.reset().error(), Error::no_device_address);
}

TEST_F(UartTest, interrupt_takes_all_input_and_clears_the_cause) {
    start();
    chip.type("0123456789abcdef");
    ASSERT_TRUE(chip.interrupt_pending());
    ASSERT_TRUE(uart.handle_interrupt(typed));
    EXPECT_EQ(typed.text, "0123456789abcdef");
    EXPECT_FALSE(chip.interrupt_pending());
}

TEST_F(UartTest, character_that_arrives_between_two_accesses_is_not_lost) {
    start();
    std::string text;
    for (int i = 0; i < 300; ++i) text.push_back(static_cast<char>('!' + i % 90));
    chip.type(text.substr(0, 3));
    chip.type_between_accesses(text.substr(3));
    while (chip.interrupt_pending()) ASSERT_TRUE(uart.handle_interrupt(typed));
    EXPECT_EQ(typed.text, text);
}

TEST_F(UartTest, endless_input_ends_the_turn_with_a_new_edge) {
    start();
    chip.type("a");
    chip.type_between_accesses(std::string(10'000, 'x'));
    ASSERT_TRUE(uart.handle_interrupt(typed));
    EXPECT_LT(typed.text.size(), 1000u);
    EXPECT_TRUE(chip.interrupt_pending());
    EXPECT_EQ(chip.edges_by_enabling, 1u);
}

TEST_F(UartTest, break_and_damage_are_told_apart) {
    start();
    chip.type("a");
    chip.send_break();
    chip.damaged(0x80);
    chip.type("b");
    ASSERT_TRUE(uart.handle_interrupt(typed));
    EXPECT_EQ(typed.text, "ab");
    EXPECT_EQ(typed.breaks, 1u);
    EXPECT_EQ(typed.errors, 1u);
}

TEST_F(UartTest, slow_wire_gets_a_fifo_at_a_time_by_interrupt) {
    start();
    std::string text;
    for (int i = 0; i < 100; ++i) text.push_back(static_cast<char>('!' + i % 90));
    std::size_t done = 0;
    for (int turn = 0; turn < 20 && done < text.size(); ++turn) {
        done += *uart.send(bytes_of(text).subspan(done));
        chip.drain();
        if (done == text.size()) break;
        ASSERT_TRUE(chip.interrupt_pending());
        auto may_send = uart.handle_interrupt(typed);
        ASSERT_TRUE(may_send && *may_send);
    }
    chip.drain();
    EXPECT_EQ(chip.sent, text);
}

TEST_F(UartTest, full_fifo_takes_nothing) {
    start();
    const std::string text(40, 'x');
    EXPECT_EQ(*uart.send(bytes_of(text)), 16u);
    EXPECT_EQ(*uart.send(bytes_of(text)), 0u);
}

TEST_F(UartTest, finished_output_leaves_no_interrupt_armed) {
    start();
    EXPECT_EQ(*uart.send(bytes_of("hello")), 5u);
    chip.drain();
    EXPECT_FALSE(chip.interrupt_pending());
    EXPECT_EQ(chip.sent, "hello");
}

TEST_F(UartTest, instant_wire_takes_a_burst_with_one_trap_per_fifo) {
    chip.instant_wire = true;
    start();
    const std::string text(4096, 'y');
    const unsigned before = chip.batches;
    EXPECT_EQ(*uart.send(bytes_of(text)), 1024u);
    EXPECT_LE(chip.batches - before, 1024u / 16 + 2);
    EXPECT_TRUE(chip.interrupt_pending());  // the rest comes by interrupt
}

}  // namespace
}  // namespace axo
