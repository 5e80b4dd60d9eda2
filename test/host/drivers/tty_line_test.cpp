// sources: drivers/tty/line.cpp drivers/tty/line_edit.cpp drivers/tty/input_queue.cpp drivers/tty/output_side.cpp
// The line discipline: translation, editing, echo, signals, flow control.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/tty/line.hpp"

namespace axo::tty {
namespace {

struct LineTest : testing::Test {
    Line line;

    void type(std::string_view text) {
        for (char byte : text) line.input(static_cast<std::uint8_t>(byte));
    }
    std::string read(std::size_t bytes = 4096) {
        std::vector<std::uint8_t> buffer(bytes);
        buffer.resize(line.read(buffer));
        return {buffer.begin(), buffer.end()};
    }
    std::string screen() {
        std::string text;
        while (!line.output().sendable().empty()) {
            const auto part = line.output().sendable();
            text.append(part.begin(), part.end());
            line.output().sent(part.size());
        }
        return text;
    }
    std::size_t write(std::string_view text) {
        return line.write({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
    }
    void change(auto edit) {
        Termios settings = line.settings();
        edit(settings);
        line.set_settings(settings);
    }
    void raw_mode() {
        change([](Termios &t) {
            t.input = 0;
            t.output = 0;
            t.local = 0;
        });
    }
};

TEST_F(LineTest, line_is_readable_only_when_finished) {
    type("ab");
    EXPECT_FALSE(line.readable());
    type("c\r");
    ASSERT_TRUE(line.readable());
    EXPECT_EQ(line.readable_bytes(), 4u);
    EXPECT_EQ(read(), "abc\n");
    EXPECT_FALSE(line.readable());
    EXPECT_EQ(screen(), "abc\r\n");
}

TEST_F(LineTest, a_read_takes_one_line_or_its_beginning) {
    type("one\ntwo\n");
    EXPECT_EQ(read(2), "on");
    EXPECT_EQ(read(), "e\n");
    EXPECT_EQ(read(), "two\n");
}

TEST_F(LineTest, erase_removes_a_character_and_its_picture) {
    type(
        "ab\x7f\x7f\x7f"
        "c\n");
    EXPECT_EQ(read(), "c\n");
    EXPECT_EQ(screen(), "ab\b \b\b \bc\r\n");
}

TEST_F(LineTest, erase_takes_a_whole_utf8_character) {
    change([](Termios &t) { t.input |= input_flag::utf8; });
    type("a\xc3\xa4\x7f\n");
    EXPECT_EQ(read(), "a\n");
    EXPECT_EQ(screen(), "a\xc3\xa4\b \b\r\n");
}

TEST_F(LineTest, erase_of_control_character_takes_both_columns) {
    type("\x01\x7f\n");
    EXPECT_EQ(read(), "\n");
    EXPECT_EQ(screen(), "^A\b \b\b \b\r\n");
}

TEST_F(LineTest, erase_of_tab_goes_back_to_where_it_started) {
    type("ab\t\x7f");
    EXPECT_EQ(screen(), "ab\t\b\b\b\b\b\b");
    type("\n");
    EXPECT_EQ(read(), "ab\n");
}

TEST_F(LineTest, erase_of_tab_counts_from_the_prompt) {
    write("$ ");
    screen();
    type("a\t\x7f");
    EXPECT_EQ(screen(), "a\t\b\b\b\b\b");  // column 3 to 8
}

TEST_F(LineTest, word_erase_takes_blanks_and_a_word) {
    type(
        "one two  \x17"
        "2\n");
    EXPECT_EQ(read(), "one 2\n");
}

TEST_F(LineTest, kill_removes_the_line) {
    type(
        "abc\x15"
        "d\n");
    EXPECT_EQ(read(), "d\n");
}

TEST_F(LineTest, kill_without_echo_erase_starts_a_new_row) {
    change([](Termios &t) { t.local &= ~local_flag::echo_kill_erase; });
    type("ab\x15");
    EXPECT_EQ(screen(), "ab^U\r\n");
}

TEST_F(LineTest, editing_never_reaches_a_finished_line) {
    type("ab\n\x7f\x15\x17");
    EXPECT_EQ(read(), "ab\n");
}

TEST_F(LineTest, reprint_shows_the_line_again) {
    type("ab\x12");
    EXPECT_EQ(screen(), "ab^R\r\nab");
    type("\n");
    EXPECT_EQ(read(), "ab\n");
}

TEST_F(LineTest, literal_next_takes_the_meaning_away) {
    type("\x16\x03\x16\x7f\n");
    EXPECT_EQ(line.take_signals(), 0u);
    EXPECT_EQ(read(), "\x03\x7f\n");
}

TEST_F(LineTest, end_of_file_alone_reads_nothing_once) {
    type("\x04");
    ASSERT_TRUE(line.readable());
    EXPECT_EQ(line.readable_bytes(), 0u);
    EXPECT_EQ(read(), "");
    EXPECT_FALSE(line.readable());
}

TEST_F(LineTest, end_of_file_pushes_what_was_typed) {
    type("ab\x04");
    ASSERT_TRUE(line.readable());
    EXPECT_EQ(read(2), "ab");
    EXPECT_FALSE(line.readable());  // the end went with the exactly fitting read
}

TEST_F(LineTest, nul_typed_is_no_end_of_file) {
    type(std::string_view("a\0b\n", 4));
    EXPECT_EQ(read(), std::string("a\0b\n", 4));
}

TEST_F(LineTest, other_line_ends) {
    change([](Termios &t) { t.set(Control::end_of_line, ';'); });
    type("ab;");
    EXPECT_EQ(read(), "ab;");
}

TEST_F(LineTest, long_line_keeps_room_for_its_end) {
    type(std::string(5000, 'x'));
    EXPECT_FALSE(line.readable());
    type("\n");
    ASSERT_TRUE(line.readable());
    const std::string text = read(8192);
    EXPECT_EQ(text.size(), 4096u);
    EXPECT_EQ(text.back(), '\n');
}

TEST_F(LineTest, full_queue_of_lines_loses_whole_input_not_order) {
    for (int i = 0; i < 3000; ++i) type("x\n");
    std::size_t lines = 0;
    while (line.readable()) {
        const std::string text = read();
        ASSERT_TRUE(text == "x\n" || text == "\n") << text;
        ++lines;
    }
    EXPECT_GE(lines, 2048u);
}

TEST_F(LineTest, interrupt_characters_become_signals_and_flush) {
    type("abc\x03");
    EXPECT_EQ(line.take_signals(), 1u << terminal_signal::interrupt);
    EXPECT_EQ(line.take_signals(), 0u);
    type("d\n");
    EXPECT_EQ(read(), "d\n");
    type("\x1c\x1a");
    EXPECT_EQ(line.take_signals(), 1u << terminal_signal::quit | 1u << terminal_signal::stop);
}

TEST_F(LineTest, interrupt_is_echoed_after_the_flush) {
    write("long text");
    type("\x03");
    EXPECT_EQ(screen(), "^C");
}

TEST_F(LineTest, no_flush_keeps_input) {
    change([](Termios &t) { t.local |= local_flag::no_flush; });
    type(
        "ab\x03"
        "c\n");
    EXPECT_EQ(read(), "abc\n");
}

TEST_F(LineTest, without_isig_they_are_text) {
    change([](Termios &t) { t.local &= ~local_flag::signals; });
    type("\x03\n");
    EXPECT_EQ(line.take_signals(), 0u);
    EXPECT_EQ(read(), "\x03\n");
}

TEST_F(LineTest, disabled_control_matches_nothing) {
    change([](Termios &t) { t.set(Control::interrupt, disabled_control); });
    type(std::string_view("\0", 1));
    EXPECT_EQ(line.take_signals(), 0u);
}

TEST_F(LineTest, stop_and_start_hold_output_without_losing_it) {
    type("\x13");
    EXPECT_EQ(write("text"), 4u);
    EXPECT_TRUE(line.output().sendable().empty());
    type("\x11");
    EXPECT_EQ(screen(), "text");
}

TEST_F(LineTest, any_character_restarts_with_ixany) {
    change([](Termios &t) { t.input |= input_flag::any_restarts; });
    type(
        "\x13"
        "a");
    EXPECT_FALSE(line.output().stopped());
}

TEST_F(LineTest, carriage_return_translations) {
    change([](Termios &t) { t.input = input_flag::ignore_cr; });
    type("a\r\n");
    EXPECT_EQ(read(), "a\n");
    change([](Termios &t) {
        t.input = input_flag::nl_to_cr;
        t.local &= ~local_flag::canonical;
    });
    type("\n");
    EXPECT_EQ(read(), "\r");
}

TEST_F(LineTest, strip_clears_the_high_bit) {
    change([](Termios &t) { t.input |= input_flag::strip; });
    type("\xe1\n");
    EXPECT_EQ(read(), "a\n");
}

TEST_F(LineTest, raw_mode_delivers_bytes_at_once_without_echo) {
    raw_mode();
    type("a\x03\r\x04");
    EXPECT_EQ(line.readable_bytes(), 4u);
    EXPECT_EQ(read(), "a\x03\r\x04");
    EXPECT_EQ(screen(), "");
    EXPECT_EQ(line.take_signals(), 0u);
}

TEST_F(LineTest, leaving_canonical_mode_frees_the_unfinished_line) {
    type("ab");
    raw_mode();
    EXPECT_EQ(read(), "ab");
}

TEST_F(LineTest, entering_canonical_mode_makes_pending_bytes_a_line) {
    raw_mode();
    type("ab");
    line.set_settings(default_termios());
    ASSERT_TRUE(line.readable());
    EXPECT_EQ(read(), "ab");
}

TEST_F(LineTest, echo_newline_without_echo) {
    change([](Termios &t) {
        t.local &= ~local_flag::echo;
        t.local |= local_flag::echo_newline;
    });
    type("secret\n");
    EXPECT_EQ(screen(), "\r\n");
    EXPECT_EQ(read(), "secret\n");
}

TEST_F(LineTest, output_translations) {
    write("a\nb");
    EXPECT_EQ(screen(), "a\r\nb");
    change([](Termios &t) { t.output = output_flag::process | output_flag::cr_to_nl; });
    write("\r");
    EXPECT_EQ(screen(), "\n");
    change([](Termios &t) { t.output = output_flag::process | output_flag::no_cr_at_start; });
    write("x\r\r");
    EXPECT_EQ(screen(), "x\r");
    change([](Termios &t) { t.output = output_flag::process | output_flag::expand_tabs; });
    write(
        "\r"
        "ab\tc");
    EXPECT_EQ(screen(), "\rab      c");
    change([](Termios &t) { t.output = output_flag::process | output_flag::nl_returns; });
    write("\n\t");
    EXPECT_EQ(screen(), "\n\t");
    change([](Termios &t) { t.output = 0; });
    write("a\n");
    EXPECT_EQ(screen(), "a\n");
}

TEST_F(LineTest, busy_writer_leaves_room_for_echo) {
    std::size_t taken = write(std::string(20000, 'x'));
    EXPECT_LT(taken, 8192u);
    EXPECT_FALSE(line.output().has_room());
    type("e");
    const std::string text = screen();
    EXPECT_EQ(text.size(), taken + 1);
    EXPECT_EQ(text.back(), 'e');
}

TEST_F(LineTest, break_interrupts_when_asked) {
    line.input_break();
    EXPECT_EQ(line.take_signals(), 0u);
    change([](Termios &t) { t.input |= input_flag::break_interrupts; });
    line.input_break();
    EXPECT_EQ(line.take_signals(), 1u << terminal_signal::interrupt);
}

TEST_F(LineTest, parity_marking) {
    raw_mode();
    change([](Termios &t) { t.input = input_flag::mark_parity; });
    line.input_error('a');
    line.input(0xff);
    EXPECT_EQ(read(), std::string("\xff\0a\xff\xff", 5));
}

TEST_F(LineTest, input_flow_control_asks_the_sender_to_stop) {
    raw_mode();
    change([](Termios &t) { t.input = input_flag::flow_input; });
    type(std::string(3500, 'x'));
    EXPECT_EQ(screen(), "\x13");
    read(3000);
    EXPECT_EQ(screen(), "\x11");
}

}  // namespace
}  // namespace axo::tty
