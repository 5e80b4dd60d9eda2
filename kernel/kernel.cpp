// Where the kernel's state lies, and its beginning.
#include "kernel/kernel.hpp"

#include <new>
#include <type_traits>

namespace axo::kernel {

static_assert(std::is_trivially_destructible_v<Kernel> && std::is_trivially_destructible_v<PerCpu>,
              "made anew over what was there before");

constinit KernelStorage kernel_storage;
constinit PerCpuStorage boot_cpu_storage;

void start_kernel(unsigned process_limit) {
    new (&boot_cpu_storage.cpu) PerCpu;
    new (&kernel_storage.kernel) Kernel(process_limit);
}

}  // namespace axo::kernel
