// The frame a signal handler finds on its stack, exactly as Linux builds it on x86-64, and the way back from it.
// Pure: works on register images and bytes; who copies them to and from user memory is signals/handler.cpp.
//
//   higher addresses
//     interrupted stack, 128 bytes of red zone          (or the end of the alternate stack)
//     floating-point image, 64-byte aligned, [mark of its end]
//     SignalFrame: return address, context, siginfo     rsp at the handler: 8 below a multiple of 16
//   lower addresses
#pragma once

#include <span>

#include "axo/error.hpp"
#include "axo/kernel_call.hpp"
#include "servers/pm/calls/linux_abi.hpp"
#include "servers/pm/signals/set.hpp"

namespace axo::pm {

/// Where the frame goes. The bytes from `frame` to `end` are written in one piece. fpu 0: the process never used the
/// extended state, and none is saved.
struct FramePlan {
    std::uint64_t frame, fpu, end;
    constexpr std::uint64_t bytes() const { return end - frame; }
};

/// Most bytes a frame can have.
inline constexpr std::size_t frame_bytes_max = sizeof(abi::SignalFrame) + 64 + 16 + sizeof(Context::fpu) + 4;

/// What a frame says besides the registers.
struct FrameContent {
    int signal;
    abi::SignalAction action;
    abi::SignalStack stack;  // as the process set it
    std::uint64_t mask;      // to be restored when the handler returns
    abi::SignalInfo info;
    std::uint64_t features;  // XCR0, 0 without XSAVE
};

/// Whether a stack pointer lies in the alternate stack.
constexpr bool on_signal_stack(const abi::SignalStack &stack, std::uint64_t pointer) {
    if ((stack.flags & abi::stack_flag::auto_disarm) != 0) return false;
    return stack.size != 0 && pointer > stack.address && pointer - stack.address <= stack.size;
}

/// Chooses the stack and lays the frame out. Errors: fault (it does not fit there).
Result<FramePlan> plan_frame(const Context &context, const FrameContent &content);

/// Writes the frame's bytes; `bytes` has plan.bytes() elements.
void fill_frame(const FramePlan &plan, const Context &context, const FrameContent &content, std::span<std::byte> bytes);

/// Makes the registers those at the handler's first instruction.
void enter_handler(Context &context, const FramePlan &plan, const FrameContent &content);

/// Puts the registers a handler's frame holds back into `context`; what user mode may not set is kept.
/// `fpu` is the image the frame points to; empty: the extended state becomes the initial one. Errors: fault (no user
/// address).
Status leave_handler(Context &context, const abi::SignalFrame &frame, std::span<const std::byte> fpu,
                     std::uint64_t features);

}  // namespace axo::pm
