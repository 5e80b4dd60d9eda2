// sources: drivers/tty/tty.cpp drivers/tty/tty_transfer.cpp drivers/tty/tty_session.cpp drivers/tty/tty_ioctl.cpp
// sources: drivers/tty/line.cpp drivers/tty/line_edit.cpp drivers/tty/input_queue.cpp drivers/tty/output_side.cpp
// sources: lib/driver/announce.cpp
// Random messages at the terminal driver, while somebody types and the kernel has text.
#include "drivers/tty/ioctl_code.hpp"
#include "drivers/tty/tty.hpp"
#include "test/fuzz/storm/device_storm.hpp"
#include "test/host/drivers/fake_uart.hpp"

namespace axo::storm {

std::uint64_t usual_episodes() { return 60; }

void episode(Random &random) {
    fake::System system(endpoint::tty, 4 << 20, 1 << 20);
    test::FakeUart chip;
    chip.instant_wire = random.percent(70);
    std::string kernel_log = "booting\n";
    system.on_kernel(KernelCall::port_vector, [&](const fake::Arguments &a, std::uint64_t &) {
        return to_wire(chip.run({reinterpret_cast<PortAccess *>(a[0]), a[1]}));
    });
    system.on_kernel(KernelCall::get_log, [&](const fake::Arguments &a, std::uint64_t &next) -> std::int64_t {
        const std::size_t from = std::min<std::size_t>(a[0], kernel_log.size());
        const std::size_t count = std::min<std::size_t>(kernel_log.size() - from, a[2]);
        std::memcpy(reinterpret_cast<char *>(a[1]), kernel_log.data() + from, count);
        next = from + count;
        return static_cast<std::int64_t>(count);
    });
    system.answer<pm::SignalGroup>([&](Endpoint, const pm::SignalGroup &) -> Result<Nothing> {
        if (random.percent(30)) return Error::no_process;
        return Nothing{};
    });
    fuzz::answer_announcement(system, "tty");
    fake::Service<tty::Tty> service;
    require(service.start().has_value(), "the driver starts");
    const auto hardware = [&] {
        if (chip.interrupt_pending()) service.notify(endpoint::hardware, 1u << tty::com1_line);
    };
    device_storm(random, system, service, {tty::minor_console, tty::minor_serial}, [&] {
        static constexpr std::string_view keys[] = {"a",    "line\r", "\x03", "\x04", "\x7f",
                                                    "\x1a", "\x11",   "\x13", "\n",   "\xff\x16"};
        if (random.percent(30)) chip.type(random.one_of(keys));
        if (random.percent(5)) chip.send_break();
        if (random.percent(5)) kernel_log += "kernel text\n";
        hardware();
        chip.drain();
        hardware();
    });
    for (const std::string &fault : chip.faults) violated(fault);
}

}  // namespace axo::storm
