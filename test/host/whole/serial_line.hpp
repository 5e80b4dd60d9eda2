// The machine's serial line: the 16550 of the driver's own tests on the machine's ports, clock and interrupt line. What
// the far end types, and what the wire carries away, takes as long as the seed says.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>

#include "test/host/drivers/fake_uart.hpp"

namespace axo::whole {

class SerialLine {
public:
    static constexpr unsigned interrupt_line = 4;
    static constexpr std::uint64_t never = ~std::uint64_t{0};

    explicit SerialLine(std::mt19937_64 &random) : random_(random) {}

    static bool has(std::uint16_t port) {
        return port >= test::FakeUart::first_port && port < test::FakeUart::first_port + 8;
    }
    std::uint32_t read(std::uint16_t port, std::uint64_t now);
    void write(std::uint16_t port, std::uint32_t value, std::uint64_t now);

    /// From the far end, character by character.
    void type(std::string_view text, std::uint64_t now);
    /// What arrived at the far end.
    const std::string &shown() const { return chip_.sent; }
    const std::vector<std::string> &faults() const { return chip_.faults; }

    /// When something happens by itself; never: not before somebody touches it.
    std::uint64_t next_event() const;
    void advance(std::uint64_t now);
    /// True once for each time the chip raised its line, which is edge triggered.
    bool take_edge();

private:
    std::uint32_t access(PortAccess access, std::uint64_t now);
    void look(std::uint64_t now);

    std::mt19937_64 &random_;
    test::FakeUart chip_;
    std::deque<char> typed_;
    std::uint64_t arrives_ = never;  // the first of them
    std::uint64_t carried_ = never;  // what is in the transmit FIFO
    bool high_ = false, edge_ = false;
};

}  // namespace axo::whole
