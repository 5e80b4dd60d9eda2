// The way out of the kernel: whoever runs next, after any kernel call of his that is to be run again.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/kernel_call.hpp"
#include "kernel/process/scheduler.hpp"

namespace axo::kernel {

void schedule_and_resume() {
    for (;;) {
        Process *next = pick_next();
        if (next == nullptr) {
            arch::set_current(nullptr);
            arch::idle_wait();
        }
        if (!next->call_pending) arch::resume_user(*next);
        arch::poll_interrupts();  // long calls come through here after every chunk
        if (next->runnable()) continue_kernel_call(*next);
    }
}

}  // namespace axo::kernel
