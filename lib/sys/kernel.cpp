// Kernel calls with more to them than passing arguments.
#include "lib/sys/kernel.hpp"

#include "lib/base/fixed_string.hpp"

namespace axo::sys {

namespace {

template <typename T>
Result<T> info(InfoKind kind) {
    T result{};
    TRY(get_info(kind, &result, sizeof result));
    return result;
}

}  // namespace

void exit(int status) {
    kernel_trap(KernelCall::exit, static_cast<std::uint32_t>(status));
    // Refused or forgotten: nothing more to run.
    for (;;) {
        Message message{};
        receive_trap(endpoint::self, message);
    }
}

Result<SelfInfo> self_info() { return info<SelfInfo>(InfoKind::self); }
Result<BootDescription> boot_description() { return info<BootDescription>(InfoKind::boot); }
Result<KernelCounters> kernel_counters() { return info<KernelCounters>(InfoKind::counters); }
Result<MachineInfo> machine_info() { return info<MachineInfo>(InfoKind::machine); }

Status exec(Endpoint process, VirtAddr entry, VirtAddr stack_pointer, std::string_view name) {
    const Label label = Label::cut(name);
    return kernel_status(KernelCall::exec, process.value, entry.value, stack_pointer.value,
                         detail::address(label.text));
}

}  // namespace axo::sys
