// Ready-made callbacks (ref 2.4): for services that need no more, and for tests that need a service that fails.
#pragma once

#include "axo/error.hpp"

namespace axo::sef {

struct Init;

/// In place of a service's own init, per kind of start: Options::init.
namespace on_init {
Status nothing(const Init &init);
Status fail(const Init &init);   // no_syscall
Status crash(const Init &init);  // panic
Status hang(const Init &init);
}  // namespace on_init

/// What a signal does to a service without on_signal: Options::signal.
namespace on_signal {
void ignore(int signal);
void terminate(int signal);      // exit(1) on SIGTERM
void posix_default(int signal);  // exit(1) but on those that POSIX ignores
}  // namespace on_signal

}  // namespace axo::sef
