// shutdown: off, again, or an exit code for the tests.
#include "kernel/arch/arch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/text/diagnose.hpp"
#include "kernel/text/panic.hpp"

namespace axo::kernel::call {
namespace {

/// After the death of a core service nobody may be left to bring its last lines to the console.
[[noreturn]] void leave(std::uint8_t code) {
    if (code == static_cast<std::uint8_t>(ExitCode::core_service_died)) {
        begin_stop();
        show_last_death();
    }
    arch::test_exit(code);
}

}  // namespace

CallResult shutdown(Process &caller) {
    switch (static_cast<ShutdownHow>(number_argument(caller, 0))) {
        case ShutdownHow::power_off: arch::power_off();
        case ShutdownHow::reboot: arch::reboot();
        case ShutdownHow::test_exit: leave(static_cast<std::uint8_t>(number_argument(caller, 1)));
        case ShutdownHow::panic: stop_machine(ExitCode::core_service_died, "%s asked for an orderly stop", caller.name);
    }
    return Error::invalid;
}

}  // namespace axo::kernel::call
