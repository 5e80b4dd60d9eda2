// Staged contexts: a table by slot, a bit in the staged control.
#include "kernel/process/staged_context.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/scheduler.hpp"
#include "kernel/process/staged_control.hpp"

#include <utility>

namespace axo::kernel {
namespace {

StagedContext &context_of(const Process &process) {
    return the_kernel.contexts.contexts[&process - the_kernel.processes.slots];
}

/// An answer that nobody waits for any more changes nothing.
void put_context(const Process &caller, Process &process, const Registers &registers, const ContextExtras &extras) {
    const bool answers = extras.call == OpenCall::answered;
    if (answers && !has_call_at(process, caller)) return;
    if (extras.extended == ExtendedState::fresh) arch::fpu_drop(process);
    if (extras.extended == ExtendedState::given)
        (void)arch::fpu_set(process, extras.image->bytes, arch::fpu_state_bytes());
    process.registers = registers;
    process.registers.restrict_to_user();
    if (process.single_step) process.registers.single_step(true);
    process.full_restore = 1;
    process.restart_pending = false;
    if (!answers) return;
    process.syscall_number = no_call;
    release(process, run_flag::awaiting_reply);
}

}  // namespace

StagedImage *take_image() {
    for (StagedImage &image : the_kernel.contexts.images)
        if (!std::exchange(image.taken, true)) return &image;
    return nullptr;
}

void give_back(StagedImage *image) {
    if (image != nullptr) image->taken = false;
}

bool has_call_at(const Process &process, const Process &server) {
    return process.has(run_flag::awaiting_reply) && !process.reply_held && process.wait == Wait::linux_call &&
           process.peer == server.endpoint;
}

void stage_context(Process &caller, Process &process, const Registers &registers, const ContextExtras &extras) {
    StagedControl *staged = stage_control(caller, process);
    if (staged == nullptr) {
        put_context(caller, process, registers, extras);
        give_back(extras.image);
        return;
    }
    if ((staged->what & control::context) != 0) forget_context(process);
    staged->what |= control::context;
    StagedContext &context = context_of(process);
    context.registers = registers;
    context.extras = extras;
}

StagedContext *staged_context(const Process &caller, const Process &process) {
    const StagedControl &staged = the_kernel.controls.places[&process - the_kernel.processes.slots];
    const bool own = staged.owner == &caller && (staged.what & control::context) != 0;
    return own ? &context_of(process) : nullptr;
}

void set_contexts(Process &caller) {
    for (StagedControl *staged = caller.privilege->turn.control_head; staged != nullptr; staged = staged->next) {
        if ((staged->what & control::context) == 0) continue;
        Process &process = target_of(*staged);
        staged->what &= static_cast<std::uint8_t>(~control::context);
        put_context(caller, process, context_of(process).registers, context_of(process).extras);
        forget_context(process);
    }
}

void unstage_context(const Process &caller, const Process &process) {
    if (staged_context(caller, process) == nullptr) return;
    forget_context(process);
    unstage_control(caller, process, control::context);
}

void forget_context(const Process &process) { give_back(std::exchange(context_of(process).extras.image, nullptr)); }

}  // namespace axo::kernel
