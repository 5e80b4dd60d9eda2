#include "lib/sef/predefined.hpp"

#include "lib/sef/options.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

namespace {
// Numbers of Linux.
constexpr int sigterm = 15, sigchld = 17, sigcont = 18, sigtstp = 20, sigttin = 21, sigttou = 22, sigurg = 23,
              sigwinch = 28;
}  // namespace

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
    if (signal == sigterm) sys::exit(1);
}

void posix_default(int signal) {
    for (const int ignored : {sigchld, sigcont, sigtstp, sigttin, sigttou, sigurg, sigwinch}) {
        if (signal == ignored) return;
    }
    sys::exit(1);
}

}  // namespace on_signal

}  // namespace axo::sef
