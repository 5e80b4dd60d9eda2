// Building and taking apart signal frames (Linux arch/x86 behaviour, System V ABI section 3.2.2 for the red zone).
#include "servers/pm/signals/sigframe.hpp"

#include <algorithm>
#include <cstring>

#include "axo/layout.hpp"

namespace axo::pm {

namespace {

constexpr std::uint64_t red_zone = 128;
constexpr std::size_t legacy_fpu_bytes = 512, fpu_mark_offset = 464, fpu_header_offset = 512;
constexpr std::uint64_t direction_flag = 0x400, trap_flag = 0x100, resume_flag = 0x10000;
/// AC, OF, DF, TF, SF, ZF, AF, PF, CF and RF: what a handler may change.
constexpr std::uint64_t restorable_flags = 0x40000 | 0x800 | 0x400 | 0x100 | 0x80 | 0x40 | 0x10 | 0x4 | 0x1 | 0x10000;
constexpr std::uint16_t user_code_selector = 0x33, user_stack_selector = 0x2b;

constexpr std::uint64_t align_down(std::uint64_t value, std::uint64_t to) { return value & ~(to - 1); }

bool has_extended_state(const Context &context, const FrameContent &content) {
    return content.features != 0 && context.fpu_bytes > legacy_fpu_bytes;
}

void store_registers(abi::MachineContext &machine, const Context &context) {
    machine.r8 = context.r8, machine.r9 = context.r9, machine.r10 = context.r10, machine.r11 = context.r11;
    machine.r12 = context.r12, machine.r13 = context.r13, machine.r14 = context.r14, machine.r15 = context.r15;
    machine.rdi = context.rdi, machine.rsi = context.rsi, machine.rbp = context.rbp, machine.rbx = context.rbx;
    machine.rdx = context.rdx, machine.rax = context.rax, machine.rcx = context.rcx, machine.rsp = context.rsp;
    machine.rip = context.rip, machine.rflags = context.rflags;
    machine.cs = user_code_selector, machine.ss = user_stack_selector;
    machine.error = context.fault_error, machine.trap = context.fault_vector, machine.cr2 = context.fault_address;
}

void load_registers(Context &context, const abi::MachineContext &machine) {
    context.r8 = machine.r8, context.r9 = machine.r9, context.r10 = machine.r10, context.r11 = machine.r11;
    context.r12 = machine.r12, context.r13 = machine.r13, context.r14 = machine.r14, context.r15 = machine.r15;
    context.rdi = machine.rdi, context.rsi = machine.rsi, context.rbp = machine.rbp, context.rbx = machine.rbx;
    context.rdx = machine.rdx, context.rax = machine.rax, context.rcx = machine.rcx, context.rsp = machine.rsp;
    context.rip = machine.rip;
    context.rflags = (context.rflags & ~restorable_flags) | (machine.rflags & restorable_flags);
}

void fill_fpu(std::byte *image, const Context &context, const FrameContent &content) {
    std::memcpy(image, context.fpu, context.fpu_bytes);
    abi::ExtendedStateMark mark{};
    if (has_extended_state(context, content)) {
        mark.magic = abi::ExtendedStateMark::magic_1;
        mark.extended_size = context.fpu_bytes + 4;
        mark.features = content.features;
        mark.state_size = context.fpu_bytes;
        std::memcpy(image + context.fpu_bytes, &abi::ExtendedStateMark::magic_2, 4);
    }
    std::memcpy(image + fpu_mark_offset, &mark, sizeof mark);
}

/// A program may hand back any bytes: what the processor would refuse to load is cleared.
void sanitise_fpu(Context &context, std::uint64_t features, bool extended) {
    std::uint32_t control;
    std::memcpy(&control, context.fpu + 24, 4);
    control &= 0xffff;
    std::memcpy(context.fpu + 24, &control, 4);
    if (context.fpu_bytes <= legacy_fpu_bytes) return;
    std::uint64_t header[8] = {};
    std::memcpy(header, context.fpu + fpu_header_offset, 8);
    header[0] = extended ? header[0] & features : 3;
    std::memcpy(context.fpu + fpu_header_offset, header, sizeof header);
}

}  // namespace

Result<FramePlan> plan_frame(const Context &context, const FrameContent &content) {
    const bool inside = on_signal_stack(content.stack, context.rsp);
    const bool switches =
        (content.action.flags & abi::action_flag::on_stack) != 0 && content.stack.size != 0 && !inside;
    const std::uint64_t top = switches ? content.stack.address + content.stack.size : context.rsp - red_zone;
    const std::uint64_t fpu_bytes = context.fpu_bytes + (has_extended_state(context, content) ? 4u : 0u);
    if (top > layout::user_end || top < layout::user_first + frame_bytes_max) return Error::fault;
    FramePlan plan;
    const std::uint64_t image = align_down(top - fpu_bytes, 64);
    plan.fpu = fpu_bytes != 0 ? image : 0;
    plan.frame = align_down(image - sizeof(abi::SignalFrame), 16) - 8;
    plan.end = fpu_bytes != 0 ? image + fpu_bytes : plan.frame + sizeof(abi::SignalFrame);
    if ((switches || inside) && plan.frame < content.stack.address) return Error::fault;
    return plan;
}

void fill_frame(const FramePlan &plan, const Context &context, const FrameContent &content,
                std::span<std::byte> bytes) {
    abi::SignalFrame frame{};
    frame.return_address = content.action.restorer;
    frame.context.flags = abi::context_flag::stack_segment | abi::context_flag::strict_stack_segment;
    if (has_extended_state(context, content)) frame.context.flags |= abi::context_flag::extended_state;
    frame.context.stack = content.stack;
    store_registers(frame.context.machine, context);
    frame.context.machine.old_mask = content.mask;
    frame.context.machine.fpu_state = plan.fpu;
    frame.context.signal_mask = content.mask;
    frame.info = content.info;
    std::memcpy(bytes.data(), &frame, sizeof frame);
    if (plan.fpu == 0) return;
    const std::size_t fpu_offset = plan.fpu - plan.frame;
    std::memset(bytes.data() + sizeof frame, 0, fpu_offset - sizeof frame);
    fill_fpu(bytes.data() + fpu_offset, context, content);
}

void enter_handler(Context &context, const FramePlan &plan, const FrameContent &content) {
    context.rdi = static_cast<std::uint64_t>(content.signal);
    context.rsi = plan.frame + offsetof(abi::SignalFrame, info);
    context.rdx = plan.frame + offsetof(abi::SignalFrame, context);
    context.rax = 0;
    context.rsp = plan.frame;
    context.rip = content.action.handler;
    context.rflags &= ~(direction_flag | trap_flag | resume_flag);
}

Status leave_handler(Context &context, const abi::SignalFrame &frame, std::span<const std::byte> fpu,
                     std::uint64_t features) {
    const abi::MachineContext &machine = frame.context.machine;
    if (machine.rip >= layout::user_end) return Error::fault;
    load_registers(context, machine);
    context.fpu_bytes = static_cast<std::uint32_t>(fpu.size());
    if (fpu.empty()) return {};
    const std::size_t bytes = fpu.size();
    std::memcpy(context.fpu, fpu.data(), bytes);
    abi::ExtendedStateMark mark;
    std::memcpy(&mark, context.fpu + fpu_mark_offset, sizeof mark);
    const bool extended = bytes > legacy_fpu_bytes && mark.magic == abi::ExtendedStateMark::magic_1;
    sanitise_fpu(context, features, extended);
    return {};
}

}  // namespace axo::pm
