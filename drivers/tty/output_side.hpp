// What goes out of a terminal line: translation of written text (OPOST and friends), the column
// the cursor is in, echo, and the queue the device empties.
#pragma once

#include "drivers/tty/byte_ring.hpp"
#include "drivers/tty/termios.hpp"

namespace axo::tty {

class OutputSide {
public:
    /// Bytes kept free for echo, so that a busy writer does not make typing invisible.
    static constexpr std::size_t echo_reserve = 512;
    static constexpr unsigned tab_width = 8;
    /// So little left to send that a writer had better bring more.
    static constexpr std::size_t low_water = 2048;

    /// Takes as much of `text` as there is room for; returns how many bytes of it were taken.
    std::size_t write(const Termios &settings, std::span<const std::uint8_t> text);
    /// Sends `byte` as written by a program but out of the reserve; dropped when even that is used up.
    void echo(const Termios &settings, std::uint8_t byte);
    /// Sends `byte` untranslated (XON, XOFF, the bell).
    void raw(std::uint8_t byte) {
        if (queue_.room() > 0) queue_.push(byte);
    }

    /// A program may write without waiting.
    bool has_room() const { return queue_.room() >= echo_reserve + tab_width; }
    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    unsigned column() const { return column_; }

    /// For the device: nothing while stopped by flow control.
    std::span<const std::uint8_t> sendable() const {
        return stopped_ ? std::span<const std::uint8_t>() : queue_.oldest();
    }
    void sent(std::size_t bytes) { queue_.drop_oldest(bytes); }

    void flush() { queue_.clear(); }
    void set_stopped(bool stopped) { stopped_ = stopped; }
    bool stopped() const { return stopped_; }

private:
    void put(const Termios &settings, std::uint8_t byte);
    void put_processed(const Termios &settings, std::uint8_t byte);
    void put_newline(const Termios &settings);
    void put_return(const Termios &settings);
    void put_tab(const Termios &settings);
    void put_plain(const Termios &settings, std::uint8_t byte);

    ByteRing<8192> queue_;
    std::uint32_t column_ = 0;
    bool stopped_ = false;
};

}  // namespace axo::tty
