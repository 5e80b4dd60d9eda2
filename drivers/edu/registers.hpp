// The edu device, as QEMU's documentation specifies it ("EDU device"): what its registers mean. `Bus` reads and writes
// words of its memory: on the machine mapped device memory, in host tests a model of the device.
#pragma once

#include <concepts>
#include <cstdint>

namespace axo::edu {

template <typename T>
concept RegisterBus = requires(const T bus, std::uint32_t offset, std::uint32_t value) {
    { bus.load(offset) } -> std::same_as<std::uint32_t>;
    bus.store(offset, value);
};

inline constexpr std::uint16_t vendor_id = 0x1234, device_id = 0x11e8;
inline constexpr std::uint64_t memory_bytes = 1 << 20;

template <RegisterBus Bus>
class Registers {
public:
    explicit Registers(Bus bus) : bus_(bus) {}

    /// It answers as such a device does, and is alive.
    bool is_there() const {
        constexpr std::uint32_t kind_mask = 0xff, kind = 0xed, challenge = 0x5a5a'1234;
        if ((bus_.load(identification) & kind_mask) != kind) return false;
        bus_.store(liveness, challenge);
        return bus_.load(liveness) == ~challenge;
    }

    /// As after a start: no interrupt is pending, and none will be raised but by a computation that cannot be stopped.
    void reset() const {
        acknowledge(pending());
        bus_.store(status, is_computing() ? raise_when_done : 0);
    }

    bool is_computing() const { return (bus_.load(status) & computing) != 0; }
    /// The result is there when it raises its interrupt. What is written while it computes is lost.
    void compute_factorial(std::uint32_t of) const {
        bus_.store(status, raise_when_done);
        bus_.store(factorial, of);
    }
    /// The last result, modulo 2^32.
    std::uint32_t result() const { return bus_.load(factorial); }

    /// Why it raises its interrupt; 0: it does not.
    std::uint32_t pending() const { return bus_.load(interrupt_status); }
    /// It lowers the line when all are.
    void acknowledge(std::uint32_t causes) const { bus_.store(interrupt_acknowledge, causes); }

private:
    static constexpr std::uint32_t identification = 0x00, liveness = 0x04, factorial = 0x08, status = 0x20,
                                   interrupt_status = 0x24, interrupt_acknowledge = 0x64;
    static constexpr std::uint32_t computing = 0x01, raise_when_done = 0x80;  // of status

    Bus bus_;
};

}  // namespace axo::edu
