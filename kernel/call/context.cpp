// get_context, set_context, set_segment_base: the machine state of another process, user bits only.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/staged_context.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {
namespace {

struct Header {  // Context up to the extended state
    Registers registers;
    std::uint64_t syscall_number, fault_address, fault_error, fault_vector;
    std::uint32_t fpu_bytes, reserved;
};
static_assert(sizeof(Header) == offsetof(Context, fpu));

/// Another process that has registers to look at. Errors: invalid.
Result<Process *> other_process(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    if (&process == &caller) return Error::invalid;
    return &process;
}

/// The header of a context that may be loaded. Errors: invalid, those of the copy.
Status read_header(Process &caller, Header &header) {
    const Status read = read_own(caller, address_argument(caller, 1), &header, sizeof header);
    if (!read) return read;
    const bool right_size = header.fpu_bytes == 0 || header.fpu_bytes == arch::fpu_state_bytes();
    if (!header.registers.can_be_loaded() || !right_size) return Error::invalid;
    return {};
}

/// The extended state that follows it, in a place of its own. Errors: busy (no place is free), those of the copy.
Result<StagedImage *> image_argument(Process &caller, std::uint32_t bytes) {
    StagedImage *image = take_image();
    if (image == nullptr) return Error::busy;
    const Status read = read_own(caller, address_argument(caller, 1).offset(sizeof(Header)), image->bytes, bytes);
    if (read) return image;
    give_back(image);
    return read.error();
}

}  // namespace

CallResult get_context(Process &caller) {
    Process &process = *TRY(other_process(caller));
    const Status allowed = check_read(caller, process.endpoint, part::registers);
    if (!allowed) return allowed.error();
    const bool whole = static_cast<ContextPart>(number_argument(caller, 2)) == ContextPart::all;
    const void *image = whole ? arch::fpu_image(process) : nullptr;
    Header header{};
    header.registers = process.registers;
    header.syscall_number = process.syscall_number;
    header.fault_address = process.fault_address;
    header.fault_error = process.fault_error;
    header.fault_vector = process.fault_vector;
    header.fpu_bytes = image != nullptr ? arch::fpu_state_bytes() : 0;
    const VirtAddr to = address_argument(caller, 1);
    const Status written = write_own(caller, to, &header, sizeof header);
    if (!written || image == nullptr) return as_result(written);
    return as_result(write_own(caller, to.offset(sizeof header), image, header.fpu_bytes));
}

CallResult set_context(Process &caller) {
    Process &process = *TRY(other_process(caller));
    Header header;
    const Status read = read_header(caller, header);
    if (!read) return read.error();
    const auto call = static_cast<OpenCall>(number_argument(caller, 2));
    if (call == OpenCall::answered && !has_call_at(process, caller)) return Error::invalid;
    ContextExtras extras{nullptr, ExtendedState::stays, call};
    if (static_cast<ContextPart>(number_argument(caller, 3)) == ContextPart::all) {
        if (header.fpu_bytes != 0) extras.image = TRY(image_argument(caller, header.fpu_bytes));
        extras.extended = header.fpu_bytes != 0 ? ExtendedState::given : ExtendedState::fresh;
    }
    stage_context(caller, process, header.registers, extras);
    note_change(caller, process.endpoint, part::registers);
    return 0;
}

/// Of registers that this turn has staged as well: they come later and may not undo it.
CallResult set_segment_base(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const auto which = static_cast<SegmentBase>(number_argument(caller, 1));
    const std::uint64_t value = number_argument(caller, 2);
    if (value >= layout::user_end || (which != SegmentBase::fs && which != SegmentBase::gs)) return Error::invalid;
    process.registers.set_segment_base(which, value);
    if (StagedContext *staged = staged_context(caller, process)) staged->registers.set_segment_base(which, value);
    return 0;
}

}  // namespace axo::kernel::call
