// port_in, port_out, port_vector, port_string, read_cmos: devices that are reached through ports (ref 1.18).
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/privilege.hpp"

#include <algorithm>
#include <cstring>

namespace axo::kernel::call {
namespace {

constexpr std::uint64_t units_at_once = 512;  // of a string: each may take a microsecond
constexpr unsigned max_vector = 64;

/// invalid: no such width; not_permitted: not aligned, or not wholly inside one allowed range.
Status check_port(const Process &caller, std::uint64_t port, std::uint64_t width) {
    if (width != 1 && width != 2 && width != 4) return Error::invalid;
    if (port > 0xffff || port % width != 0) return Error::not_permitted;
    const Privileges &rights = caller.privilege->rights;
    if ((rights.flags & privilege_flag::check_io) == 0) return {};
    for (std::uint32_t i = 0; i < rights.io_count; ++i)
        if (port >= rights.io[i].first && port + width - 1 <= rights.io[i].last) return {};
    return Error::not_permitted;
}

void access(PortAccess &element) {
    if (element.write != 0)
        arch::port_out(element.port, element.width, element.value);
    else
        element.value = arch::port_in(element.port, element.width);
}

struct PortString {
    std::uint16_t port;
    unsigned width;
    std::uint64_t units;
    bool write;
};

/// The units of one page at most; the memory is contiguous there.
void transfer(const PortString &string, std::byte *memory, std::uint64_t units) {
    for (std::uint64_t i = 0; i < units; ++i, memory += string.width) {
        std::uint32_t value = 0;
        if (string.write) {
            std::memcpy(&value, memory, string.width);
            arch::port_out(string.port, string.width, value);
        } else {
            value = arch::port_in(string.port, string.width);
            std::memcpy(memory, &value, string.width);
        }
    }
}

}  // namespace

CallResult port_in(Process &caller) {
    const std::uint64_t port = number_argument(caller, 0), width = number_argument(caller, 1);
    const Status allowed = check_port(caller, port, width);
    if (!allowed) return allowed.error();
    return arch::port_in(static_cast<std::uint16_t>(port), static_cast<unsigned>(width));
}

CallResult port_out(Process &caller) {
    const std::uint64_t port = number_argument(caller, 0), width = number_argument(caller, 1);
    const Status allowed = check_port(caller, port, width);
    if (!allowed) return allowed.error();
    arch::port_out(static_cast<std::uint16_t>(port), static_cast<unsigned>(width),
                   static_cast<std::uint32_t>(number_argument(caller, 2)));
    return 0;
}

CallResult port_vector(Process &caller) {
    const VirtAddr address = address_argument(caller, 0);
    const std::uint64_t count = number_argument(caller, 1), bytes = count * sizeof(PortAccess);
    if (count > max_vector) return Error::too_big;
    PortAccess vector[max_vector];
    const Status read = read_own(caller, address, vector, bytes);
    if (!read) return read.error();
    for (std::uint64_t i = 0; i < count; ++i) {
        const Status allowed = check_port(caller, vector[i].port, vector[i].width);
        if (!allowed) return allowed.error();
    }
    const Status room = count == 0 ? Status{} : touch_memory(caller, {&caller, address}, bytes, Access::write);
    if (!room) return room.error();
    for (std::uint64_t i = 0; i < count; ++i) access(vector[i]);
    return as_result(write_own(caller, address, vector, bytes));
}

CallResult port_string(Process &caller) {
    const std::uint64_t port = number_argument(caller, 0), width = number_argument(caller, 1);
    const Status allowed = check_port(caller, port, width);
    if (!allowed) return allowed.error();
    const PortString string{static_cast<std::uint16_t>(port), static_cast<unsigned>(width), number_argument(caller, 3),
                            number_argument(caller, 4) != 0};
    const VirtAddr address = address_argument(caller, 2);
    if (string.units > page_size || address.value % width != 0) return Error::invalid;
    const std::uint64_t bytes = string.units * width;
    const Status in_range = check_user_range(address, bytes);
    if (!in_range) return in_range.error();
    if (bytes == 0) return 0;
    const VirtAddr at = address.offset(caller.call_progress);
    std::byte *memory = TRY(locate(caller, {&caller, at}, bytes, string.write ? Access::read : Access::write));
    const std::uint64_t left = bytes - caller.call_progress, in_page = page_size - at.value % page_size;
    const std::uint64_t part = std::min({left, in_page, units_at_once * width});
    transfer(string, memory, part / width);
    caller.call_progress += part;
    if (caller.call_progress < bytes) return Error::restart_call;
    return 0;
}

/// While its registers change, which takes two milliseconds, the clock is asked again with interrupts on.
CallResult read_cmos(Process &caller) {
    constexpr std::uint64_t most_rounds = 10'000;  // a broken clock changes for ever
    if (arch::cmos_is_changing() && caller.call_progress++ < most_rounds) return Error::restart_call;
    return arch::read_cmos_seconds();
}

}  // namespace axo::kernel::call
