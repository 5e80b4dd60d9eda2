// The line discipline: what lies between the characters of a serial line and the reads and writes
// of programs. It knows no device, no message and no clock; the signals it finds are collected by
// its owner after each batch of input.
#pragma once

#include "drivers/tty/input_queue.hpp"
#include "drivers/tty/output_side.hpp"

namespace axo::tty {

/// Signals a terminal sends (Linux numbers).
namespace terminal_signal {
inline constexpr unsigned hang_up = 1, interrupt = 2, quit = 3, resume = 18, stop = 20, background_read = 21,
                          background_write = 22, window_changed = 28;
}

class Line {
public:
    // ---- from the device
    void input(std::uint8_t byte);
    void input_break();
    /// A byte that arrived damaged.
    void input_error(std::uint8_t byte);
    OutputSide &output() { return output_; }
    const OutputSide &output() const { return output_; }

    // ---- from programs
    std::size_t write(std::span<const std::uint8_t> text) { return output_.write(settings_, text); }
    std::size_t read(std::span<std::uint8_t> out);
    bool canonical() const { return settings_.has_local(local_flag::canonical); }
    /// Canonical: a line or an end of file is there. Else: at least one byte.
    bool readable() const { return canonical() ? queue_.has_line() : queue_.size() > 0; }
    std::size_t readable_bytes() const { return canonical() ? queue_.line_bytes() : queue_.size(); }

    const Termios &settings() const { return settings_; }
    void set_settings(const Termios &settings);
    void flush_input();
    void flush_output() { output_.flush(); }
    void send_flow_byte(Control which);

    /// Bit n set: signal n for the foreground group. Clears the set.
    std::uint32_t take_signals();

private:
    bool flow_control(std::uint8_t byte);
    bool signal_character(std::uint8_t byte);
    bool edit(std::uint8_t byte);
    bool edit_extended(std::uint8_t byte);
    bool ends_line(std::uint8_t byte);
    void raise(unsigned signal);
    void accept(std::uint8_t byte);
    void finish(std::uint8_t byte, InputQueue::End end);
    void throttle();
    void unthrottle();

    // line_edit.cpp
    void erase_character();
    void erase_word();
    void erase_line();
    std::uint8_t take_newest_character();
    void rub_out(std::uint8_t erased);
    void rub_out_columns(unsigned columns);
    unsigned columns_of_last_tab() const;
    void reprint();
    void echo_byte(std::uint8_t byte);
    void echo_visible(std::uint8_t byte);
    bool has(std::uint32_t flag) const { return settings_.has_local(flag); }

    Termios settings_ = default_termios();
    std::uint32_t signals_ = 0;
    std::uint32_t line_column_ = 0;  // where the line being edited began
    bool literal_next_ = false;
    bool throttled_ = false;  // we asked the sender to stop
    InputQueue queue_;
    OutputSide output_;
};

}  // namespace axo::tty
