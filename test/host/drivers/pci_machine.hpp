// A machine's configuration space, made up: functions with 256 registers behind ports 0xcf8 and 0xcfc, any of which may
// lie. What a write changes is what the mask of the register lets through, as in hardware.
#pragma once

#include <array>
#include <cstring>
#include <map>

#include "drivers/pci/config_space.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::fake {

struct PciFunction {
    std::array<std::uint8_t, 256> registers{}, writable{};
    unsigned bar_writes = 0;           // how often somebody wrote to its base addresses
    bool decoded_while_sized = false;  // and that it decoded io or memory meanwhile

    void put(unsigned at, std::uint32_t value, unsigned bytes) { std::memcpy(&registers[at], &value, bytes); }
    void let_write(unsigned at, std::uint32_t mask, unsigned bytes = 4) { std::memcpy(&writable[at], &mask, bytes); }
    std::uint32_t get(unsigned at, unsigned bytes) const {
        std::uint32_t value = 0;
        std::memcpy(&value, &registers[at], bytes);
        return value;
    }

    /// A base address register: `value` with its flags, of this size.
    PciFunction &bar(unsigned index, std::uint64_t value, std::uint64_t size, bool wide = false) {
        const unsigned at = pci::reg::first_bar + 4 * index;
        const std::uint64_t mask = ~(size - 1);
        put(at, static_cast<std::uint32_t>(value), 4);
        let_write(at, static_cast<std::uint32_t>(mask));
        if (!wide) return *this;
        put(at + 4, static_cast<std::uint32_t>(value >> 32), 4);
        let_write(at + 4, static_cast<std::uint32_t>(mask >> 32));
        return *this;
    }
    PciFunction &many() {
        registers[pci::reg::header_type] |= 0x80;
        return *this;
    }
};

class PciMachine {
public:
    bool present = true;
    std::map<std::uint16_t, PciFunction> functions;  // by place

    explicit PciMachine(System &system) {
        system.on_kernel(KernelCall::port_vector, [this](const Arguments &a, std::uint64_t &) -> std::int64_t {
            auto *steps = reinterpret_cast<PortAccess *>(a[0]);
            for (std::uint64_t i = 0; i < a[1]; ++i) access(steps[i]);
            return 0;
        });
    }

    PciFunction &add(pci::Place place, std::uint16_t vendor, std::uint16_t device, std::uint32_t class_code,
                     std::uint8_t header = 0) {
        PciFunction &function = functions[place.number()];
        function = {};
        function.put(pci::reg::ids, vendor | std::uint32_t{device} << 16, 4);
        function.put(pci::reg::class_revision, class_code << 8 | 1, 4);
        function.put(pci::reg::header_type, header, 1);
        function.let_write(pci::reg::command, 0x7, 2);
        function.put(pci::reg::command, pci::command::io | pci::command::memory, 2);
        return function;
    }
    PciFunction &add_bridge(pci::Place place, std::uint8_t behind) {
        PciFunction &bridge = add(place, 0x1b36, 1, 0x060400, 1);
        bridge.put(pci::reg::secondary_bus, behind, 1);
        return bridge;
    }
    PciFunction &add_cardbus(pci::Place place, std::uint8_t behind) {
        PciFunction &bridge = add(place, 0x104c, 0xac56, 0x060700, 2);
        bridge.put(pci::reg::secondary_bus, behind, 1);
        return bridge;
    }

private:
    void access(PortAccess &step) {
        if (!present) {
            step.value = step.write != 0 ? step.value : ~0u;
        } else if (step.port == 0xcf8) {
            if (step.write != 0)
                address_ = step.value & 0x80ff'fffc;
            else
                step.value = address_;
        } else if (step.port >= 0xcfc && step.port <= 0xcff) {
            access_register(step, (address_ & 0xfc) + (step.port & 3u));
        }
    }

    void access_register(PortAccess &step, unsigned at) {
        const auto place = static_cast<std::uint16_t>(address_ >> 8);
        const auto found = functions.find(place);
        const bool there = found != functions.end() && (address_ >> 31) != 0;
        if (step.write == 0) {
            step.value = there ? found->second.get(at, step.width) : ~0u >> (32 - 8 * step.width);
            return;
        }
        if (there) write(found->second, at, step);
    }

    static void write(PciFunction &function, unsigned at, const PortAccess &step) {
        if (at >= pci::reg::first_bar && at < pci::reg::first_bar + 24) {
            ++function.bar_writes;
            function.decoded_while_sized |= (function.registers[pci::reg::command] & 3) != 0;
        }
        for (unsigned i = 0; i < step.width; ++i) {
            const auto byte = static_cast<std::uint8_t>(step.value >> (8 * i));
            const std::uint8_t mask = function.writable[at + i];
            function.registers[at + i] =
                static_cast<std::uint8_t>((function.registers[at + i] & ~mask) | (byte & mask));
        }
    }

    std::uint32_t address_ = 0;
};

}  // namespace axo::fake
