// A model of the 16550 for host tests: registers, FIFOs, interrupt causes. It records what a driver
// may not do (send into a full FIFO, set the divisor without the latch, use data before set-up).
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"
#include "drivers/tty/uart.hpp"

namespace axo::test {

class FakeUart {
public:
    static constexpr std::uint16_t first_port = 0x3f8;

    Status run(std::span<PortAccess> accesses) {
        ++batches;
        if (accesses.size() > 64) wrong("more than 64 accesses in a batch");
        for (PortAccess &access : accesses) {
            if (access.width != 1) wrong("a register is one byte wide");
            const unsigned reg = access.port - first_port;
            if (reg > 7) wrong("port outside the chip");
            if (access.write != 0)
                write(reg, static_cast<std::uint8_t>(access.value));
            else
                access.value = absent ? 0xff : read(reg);
            wire_delivers();
        }
        return {};
    }

    // ---- the far end of the wire
    void type(std::string_view text) {
        for (char byte : text) receive({static_cast<std::uint8_t>(byte), tty::uart::data_ready});
    }
    void send_break() { receive({0, tty::uart::data_ready | tty::uart::break_seen}); }
    void damaged(std::uint8_t byte) { receive({byte, tty::uart::data_ready | tty::uart::framing_error}); }
    /// The wire takes what is in the transmit FIFO.
    void drain() {
        for (std::uint8_t byte : transmit_) sent.push_back(static_cast<char>(byte));
        if (!transmit_.empty()) transmit_empty_event_ = true;
        transmit_.clear();
    }
    /// From now on one character arrives after every access, as long as the FIFO has room: the worst
    /// moments a sender can choose.
    void type_between_accesses(std::string_view text) { wire_ = text; }
    /// The receive FIFO takes another character; else it would be lost.
    bool has_room() const { return received_.size() < tty::uart::fifo_bytes; }
    /// The transmit FIFO has something for the wire.
    bool sending() const { return !transmit_.empty(); }
    bool interrupt_pending() const { return cause() != tty::uart::no_interrupt; }

    std::string sent;
    std::vector<std::string> faults;
    unsigned batches = 0, edges_by_enabling = 0;
    bool absent = false;
    bool instant_wire = false;  // as QEMU: the FIFO is empty again at once
    std::uint16_t divisor = 0;

private:
    struct Received {
        std::uint8_t byte, status;
    };

    void wrong(const char *what) { faults.push_back(what); }
    void receive(Received received) {
        if (!has_room()) return wrong("receive FIFO overran");
        received_.push_back(received);
    }
    void wire_delivers() {
        if (wire_.empty() || !has_room()) return;
        type(wire_.substr(0, 1));
        wire_.erase(0, 1);
    }
    bool latch() const { return (line_control_ & tty::uart::divisor_latch) != 0; }
    bool set_up() const { return !latch() && (line_control_ & 3) == 3 && fifo_on_ && divisor != 0; }

    std::uint8_t cause() const {
        if ((enabled_ & tty::uart::enable_receive) != 0 && !received_.empty())
            return received_.size() >= tty::uart::trigger_bytes ? tty::uart::trigger_reached
                                                                : tty::uart::receive_timeout;
        if ((enabled_ & tty::uart::enable_transmit) != 0 && transmit_empty_event_) return tty::uart::transmitter_cause;
        return tty::uart::no_interrupt;
    }

    std::uint8_t read(unsigned reg) {
        switch (reg) {
            case tty::uart::data:
                if (latch()) return static_cast<std::uint8_t>(divisor);
                return read_data();
            case tty::uart::interrupt_enable: return latch() ? static_cast<std::uint8_t>(divisor >> 8) : enabled_;
            case tty::uart::interrupt_cause: {
                const std::uint8_t now = cause();
                if (now == tty::uart::transmitter_cause)
                    transmit_empty_event_ = false;  // reading the cause acknowledges it
                return static_cast<std::uint8_t>(now | (fifo_on_ ? tty::uart::fifos_enabled : 0));
            }
            case tty::uart::line_control: return line_control_;
            case tty::uart::line_status: {
                std::uint8_t status = received_.empty() ? std::uint8_t{0} : received_.front().status;
                if (transmit_.empty()) status |= tty::uart::transmitter_empty | 0x40;
                return status;
            }
            case tty::uart::modem_status:
                return tty::uart::clear_to_send | tty::uart::data_set_ready | tty::uart::carrier;
            case tty::uart::scratch: return scratch_;
            default: return 0;
        }
    }

    std::uint8_t read_data() {
        if (received_.empty()) {
            if (set_up() && enabled_ != 0) wrong("data read that was not there");
            return 0xee;
        }
        const std::uint8_t byte = received_.front().byte;
        received_.pop_front();
        return byte;
    }

    void write(unsigned reg, std::uint8_t value) {
        switch (reg) {
            case tty::uart::data:
                if (latch()) {
                    divisor = static_cast<std::uint16_t>((divisor & 0xff00) | value);
                    return;
                }
                if (!set_up()) wrong("data before set-up");
                if (transmit_.size() == tty::uart::fifo_bytes) return wrong("transmit FIFO overran");
                transmit_.push_back(value);
                transmit_empty_event_ = false;
                if (instant_wire) drain();
                return;
            case tty::uart::interrupt_enable:
                if (latch()) {
                    divisor = static_cast<std::uint16_t>((divisor & 0x00ff) | value << 8);
                    return;
                }
                if ((value & tty::uart::enable_transmit) != 0 && (enabled_ & tty::uart::enable_transmit) == 0 &&
                    transmit_.empty())
                    transmit_empty_event_ = true;  // the chip reports an empty transmitter when it is armed
                if (enabled_ == 0 && value != 0 && !received_.empty()) ++edges_by_enabling;
                enabled_ = value;
                return;
            case tty::uart::fifo_control:
                fifo_on_ = (value & 1) != 0;
                if ((value & 2) != 0) received_.clear();
                if ((value & 4) != 0) transmit_.clear();
                return;
            case tty::uart::line_control: line_control_ = value; return;
            case tty::uart::modem_control: return;
            case tty::uart::scratch: scratch_ = value; return;
            default: wrong("write to a read-only register");
        }
    }

    std::string wire_;
    std::deque<Received> received_;
    std::deque<std::uint8_t> transmit_;
    std::uint8_t enabled_ = 0x0f, line_control_ = 0, scratch_ = 0;
    bool fifo_on_ = false, transmit_empty_event_ = false;
};

}  // namespace axo::test
