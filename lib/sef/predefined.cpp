#include "lib/sef/predefined.hpp"

#include "axo/signal.hpp"
#include "lib/sef/options.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

namespace on_init {

Status nothing(const Init &) { return {}; }
Status fail(const Init &) { return Error::no_syscall; }
Status crash(const Init &) { sys::panic("crash in init, as asked for"); }
Status hang(const Init &) {
    for (;;) asm volatile("pause");
}

}  // namespace on_init

namespace on_signal {

void ignore(int) {}

void terminate(int signal) {
    if (signal == signal::term) sys::exit(1);
}

void posix_default(int signal) {
    for (const int ignored :
         {signal::child, signal::cont, signal::tstp, signal::ttin, signal::ttou, signal::urg, signal::winch}) {
        if (signal == ignored) return;
    }
    sys::exit(1);
}

}  // namespace on_signal

}  // namespace axo::sef
