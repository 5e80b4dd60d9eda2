// What set_context makes of a process, kept until the end of the caller's turn: the registers beside the place that
// every process has for staged controls, an extended state in one of a few places that all share.
#pragma once

#include "arch/registers.hpp"
#include "axo/kernel_call.hpp"

namespace axo::kernel {

struct Process;
struct StagedControl;

/// Extended states that may be staged at a time. A turn of PM stages one (sigreturn); who finds no room is told so.
inline constexpr unsigned staged_images = 4;

struct StagedImage {
    alignas(64) std::byte bytes[sizeof(Context::fpu)];
    bool taken;
};

enum class ExtendedState : std::uint8_t {
    stays,
    fresh,  // the next use begins with the initial one
    given,  // by an image
};

/// What a context says besides its registers.
struct ContextExtras {
    StagedImage *image;  // ExtendedState::given
    ExtendedState extended;
    OpenCall call;
};

struct StagedContext {
    Registers registers;
    ContextExtras extras;
};

struct ContextTable {
    StagedContext contexts[max_processes]{};  // by slot of the target
    StagedImage images[staged_images]{};
};

/// A place for an extended state; null: all are taken.
StagedImage *take_image();
void give_back(StagedImage *image);

/// The Linux call of `process` is with `server`, who has not answered it.
bool has_call_at(const Process &process, const Process &server);

/// Takes effect with the end of the caller's turn, or at once where another turn has staged something for the process.
/// An image belongs to the context. An answer (OpenCall::answered) was checked.
void stage_context(Process &caller, Process &process, const Registers &registers, const ContextExtras &extras);

/// What the caller's turn has staged for the process, or null.
StagedContext *staged_context(const Process &caller, const Process &process);

/// The end of the turn, before its answers leave: they find the registers set.
void set_contexts(Process &caller);

/// Takes back what the caller's turn has staged for the process.
void unstage_context(const Process &caller, const Process &process);

/// The context of a staged control that is dropped.
void forget_context(const Process &process);

}  // namespace axo::kernel
