// get_context, set_context, set_segment_base: the machine state of another process, user bits only.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/call/calls.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/scheduler.hpp"

#include <cstring>

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

/// The Linux call of `process` is with `server`, who has not answered it.
bool has_call_at(const Process &process, const Process &server) {
    return process.has(run_flag::awaiting_reply) && !process.reply_held && process.wait == Wait::linux_call &&
           process.peer == server.endpoint;
}

}  // namespace

CallResult get_context(Process &caller) {
    Process &process = *TRY(other_process(caller));
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
    const VirtAddr from = address_argument(caller, 1);
    const Header header = TRY(read_own<Header>(caller, from));
    const Registers &registers = header.registers;
    const bool sane = registers.can_be_loaded() && header.fpu_bytes <= arch::fpu_state_bytes();
    const bool answers = static_cast<OpenCall>(number_argument(caller, 2)) == OpenCall::answered;
    if (!sane || (answers && !has_call_at(process, caller))) return Error::invalid;
    if (header.fpu_bytes != 0) {
        alignas(64) std::byte image[sizeof(Context::fpu)];
        const Status read = read_own(caller, from.offset(sizeof header), image, header.fpu_bytes);
        if (!read) return read.error();
        const Status accepted = arch::fpu_set(process, image, header.fpu_bytes);
        if (!accepted) return accepted.error();
    } else {
        arch::fpu_drop(process);
    }
    process.registers = registers;
    process.registers.restrict_to_user();
    if (process.single_step) process.registers.single_step(true);
    process.full_restore = 1;
    process.restart_pending = false;
    if (answers) {
        process.syscall_number = no_call;
        release(process, run_flag::awaiting_reply);
    }
    return 0;
}

CallResult set_segment_base(Process &caller) {
    Process &process = *TRY(process_argument(caller, 0));
    const auto which = static_cast<SegmentBase>(number_argument(caller, 1));
    const std::uint64_t value = number_argument(caller, 2);
    if (value >= layout::user_end || (which != SegmentBase::fs && which != SegmentBase::gs)) return Error::invalid;
    process.registers.set_segment_base(which, value);
    return 0;
}

}  // namespace axo::kernel::call
