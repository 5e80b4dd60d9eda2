// What the address sanitizer knows of stacks. All processes have theirs at the same addresses, and it goes by address:
// so its knowledge is kept for each process like a register.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "axo/layout.hpp"

namespace axo::whole {

inline constexpr std::uint64_t stack_bottom = layout::stack_end - layout::user_stack_max;

class StackShadow {
public:
    /// Of the thread it is made on: its stack is the kernel's.
    StackShadow();
    /// Nothing is known of those addresses any more.
    ~StackShadow();
    StackShadow(const StackShadow &) = delete;
    StackShadow &operator=(const StackShadow &) = delete;

    /// From the kernel's stack to that of the process with this page table.
    void enter(std::uint64_t root);
    /// Back; the process' stack ends here.
    void leave(std::uint64_t stack_pointer);
    /// This page table is nobody's any more, or about to be somebody else's.
    void forget(std::uint64_t root);

private:
    std::uint8_t *clear();

    std::map<std::uint64_t, std::vector<std::uint8_t>> kept_;  // by page table
    std::uint64_t root_ = 0;                                   // whose is in place
    std::uint64_t lowest_used_ = layout::stack_end;
    const void *kernel_stack_;
    std::size_t kernel_stack_bytes_;
};

}  // namespace axo::whole
