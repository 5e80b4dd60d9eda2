// A 16550 serial port with its FIFOs (PC16550D data sheet, National Semiconductor 1995). The bus is a
// template parameter: on the machine each batch of accesses is one kernel call, in host tests a
// model of the chip carries it out.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <span>

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"

namespace axo::tty {

/// Carries out a batch of port accesses in order; reads fill in `value`.
template <typename T>
concept PortBus = requires(T bus, std::span<PortAccess> accesses) {
    { bus.run(accesses) } -> std::same_as<Status>;
};

/// What receives the characters.
template <typename T>
concept CharacterSink = requires(T sink, std::uint8_t byte) {
    sink.input(byte);
    sink.input_break();
    sink.input_error(byte);
};

namespace uart {
// Offsets from the first port.
inline constexpr std::uint16_t data = 0, interrupt_enable = 1, interrupt_cause = 2, fifo_control = 2, line_control = 3,
                               modem_control = 4, line_status = 5, modem_status = 6, scratch = 7;
// Where the latch bit of line control is set.
inline constexpr std::uint16_t divisor_low = 0, divisor_high = 1;

inline constexpr std::uint8_t enable_receive = 0x01, enable_transmit = 0x02, enable_line_status = 0x04;
inline constexpr std::uint8_t no_interrupt = 0x01, fifos_enabled = 0xc0, cause_mask = 0x0f;
inline constexpr std::uint8_t transmitter_cause = 0x02, trigger_reached = 0x04, receive_timeout = 0x0c;
inline constexpr std::uint8_t fifo_on = 0x01, fifo_clear_receive = 0x02, fifo_clear_transmit = 0x04,
                              fifo_trigger_8 = 0x80;
inline constexpr std::uint8_t eight_bits = 0x03, divisor_latch = 0x80;
inline constexpr std::uint8_t terminal_ready = 0x01, request_to_send = 0x02, interrupt_line = 0x08;
inline constexpr std::uint8_t data_ready = 0x01, overrun = 0x02, parity_error = 0x04, framing_error = 0x08,
                              break_seen = 0x10, transmitter_empty = 0x20;
inline constexpr std::uint8_t clear_to_send = 0x10, data_set_ready = 0x20, ring = 0x40, carrier = 0x80;

inline constexpr std::size_t fifo_bytes = 16;
inline constexpr unsigned trigger_bytes = 8;  // as fifo_trigger_8 sets it
inline constexpr std::uint8_t divisor_115200 = 1;
}  // namespace uart

template <PortBus Bus>
class Uart {
public:
    Uart(Bus &bus, std::uint16_t first_port) : bus_(bus), first_(first_port) {}

    /// 115200 8N1, FIFOs on and empty, interrupts off. Errors: no_device_address: no such chip there.
    Status reset() {
        TRY(probe());
        std::array setup{
            write(uart::interrupt_enable, 0),
            write(uart::line_control, uart::divisor_latch),
            write(uart::divisor_low, uart::divisor_115200),
            write(uart::divisor_high, 0),
            write(uart::line_control, uart::eight_bits),
            write(uart::fifo_control,
                  uart::fifo_on | uart::fifo_clear_receive | uart::fifo_clear_transmit | uart::fifo_trigger_8),
            write(uart::modem_control, uart::terminal_ready | uart::request_to_send | uart::interrupt_line),
            // What a predecessor left pending goes by being read.
            read(uart::line_status),
            read(uart::data),
            read(uart::interrupt_cause),
            read(uart::modem_status),
        };
        return bus_.run(setup);
    }

    Status enable_interrupts() { return set_interrupts(uart::enable_receive | uart::enable_line_status); }

    /// Takes everything that arrived. Call for each interrupt: the line is edge triggered, so the chip
    /// has nothing pending when this returns, or has been told to raise the line again. True if the
    /// transmitter reported itself empty.
    template <CharacterSink Sink>
    Result<bool> handle_interrupt(Sink &sink) {
        bool may_send = false;
        for (unsigned round = 0; round < max_rounds; ++round) {
            std::array status{read(uart::interrupt_cause), read(uart::line_status)};
            TRY(bus_.run(status));
            const std::uint32_t cause = status[0].value & uart::cause_mask, line = status[1].value;
            if ((line & uart::transmitter_empty) != 0) may_send = true;
            if ((line & uart::data_ready) != 0)
                TRY(take_input(cause == uart::trigger_reached ? uart::trigger_bytes : 1, line, sink));
            else if ((cause & uart::no_interrupt) != 0)
                return may_send;
        }
        TRY(raise_again());
        return may_send;
    }

    /// Sends from the front of `text` what the chip takes now; returns the number of bytes. Arms the
    /// transmitter interrupt if there is more than it takes, disarms it if not.
    Result<std::size_t> send(std::span<const std::uint8_t> text) {
        std::size_t sent = 0;
        std::uint32_t line = TRY(line_status());
        while (sent < text.size() && sent < max_burst && (line & uart::transmitter_empty) != 0) {
            const std::size_t chunk = std::min(uart::fifo_bytes, text.size() - sent);
            line = TRY(send_chunk(text.subspan(sent, chunk)));
            sent += chunk;
        }
        const std::uint8_t armed = sent < text.size() ? uart::enable_transmit : std::uint8_t{0};
        TRY(set_interrupts(uart::enable_receive | uart::enable_line_status | armed));
        return sent;
    }

    /// Modem inputs: clear_to_send, data_set_ready, ring, carrier.
    Result<std::uint8_t> modem_status() {
        std::array access{read(uart::modem_status)};
        TRY(bus_.run(access));
        return static_cast<std::uint8_t>(access[0].value);
    }

private:
    // One interrupt may not keep the driver from its other work for ever.
    static constexpr unsigned max_rounds = 64;
    static constexpr std::size_t max_burst = 1024;

    PortAccess read(std::uint16_t reg) const { return {static_cast<std::uint16_t>(first_ + reg), 1, 0, 0}; }
    PortAccess write(std::uint16_t reg, unsigned value) const {
        return {static_cast<std::uint16_t>(first_ + reg), 1, 1, value};
    }

    /// The scratch register keeps what is written to it; an empty bus reads all ones.
    Status probe() {
        std::array test{write(uart::scratch, 0x5a), read(uart::scratch), write(uart::scratch, 0xa5),
                        read(uart::scratch)};
        TRY(bus_.run(test));
        if ((test[1].value & 0xff) != 0x5a || (test[3].value & 0xff) != 0xa5) return Error::no_device_address;
        return {};
    }

    Result<std::uint32_t> line_status() {
        std::array access{read(uart::line_status)};
        TRY(bus_.run(access));
        return access[0].value;
    }

    /// At most a FIFO full, then the line status: one trap.
    Result<std::uint32_t> send_chunk(std::span<const std::uint8_t> chunk) {
        std::array<PortAccess, uart::fifo_bytes + 1> batch;
        for (std::size_t i = 0; i < chunk.size(); ++i) batch[i] = write(uart::data, chunk[i]);
        batch[chunk.size()] = read(uart::line_status);
        TRY(bus_.run(std::span(batch).first(chunk.size() + 1)));
        return batch[chunk.size()].value;
    }

    /// Takes `count` characters, which the chip has said are there, with the status of each. Data may
    /// never be read on the chance that there is some: a character that arrives between the status and
    /// the data would be taken and lost.
    template <CharacterSink Sink>
    Status take_input(unsigned count, std::uint32_t line, Sink &sink) {
        std::array<PortAccess, 2 * uart::trigger_bytes> storage;
        const std::span batch = std::span(storage).first(2 * count);
        for (unsigned i = 0; i < count; ++i) {
            batch[2 * i] = read(uart::data);
            batch[2 * i + 1] = read(uart::line_status);
        }
        TRY(bus_.run(batch));
        for (unsigned i = 0; i < count; ++i) {
            deliver(static_cast<std::uint8_t>(batch[2 * i].value), line, sink);
            line = batch[2 * i + 1].value;
        }
        return {};
    }

    /// Interrupts off and on: whatever is pending makes a new edge.
    Status raise_again() {
        std::array accesses{write(uart::interrupt_enable, 0), write(uart::interrupt_enable, enabled_)};
        return bus_.run(accesses);
    }

    template <CharacterSink Sink>
    static void deliver(std::uint8_t byte, std::uint32_t line, Sink &sink) {
        if ((line & uart::break_seen) != 0) return sink.input_break();
        if ((line & (uart::parity_error | uart::framing_error)) != 0) return sink.input_error(byte);
        sink.input(byte);
    }

    Status set_interrupts(unsigned enabled) {
        if (enabled == enabled_) return {};
        std::array access{write(uart::interrupt_enable, enabled)};
        TRY(bus_.run(access));
        enabled_ = enabled;
        return {};
    }

    Bus &bus_;
    std::uint16_t first_;
    unsigned enabled_ = 0;
};

}  // namespace axo::tty
