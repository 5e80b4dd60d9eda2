// Who has read the kernel's text and is told of more.
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

bool listens(const Process *process) {
    return process != nullptr && process->privilege != nullptr && process->is_user == 0 &&
           !process->has(run_flag::no_priv | run_flag::no_endpoint);
}

}  // namespace

void note_log_reader(Endpoint reader) {
    Endpoint *free = nullptr;
    for (Endpoint &known : the_kernel.log.readers) {
        if (known == reader) return;
        if (find_process(known) == nullptr) free = &known;
    }
    if (free != nullptr) *free = reader;
}

void tell_log_readers() {
    for (const Endpoint reader : the_kernel.log.readers) {
        const Process *process = find_process(reader);
        if (listens(process)) kernel_signal_to(*process->privilege, kernel_signal::log_text);
    }
}

}  // namespace axo::kernel
