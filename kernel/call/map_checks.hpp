// What VM may put into a page table.
#pragma once

#include "axo/kernel_call.hpp"
#include "kernel/memory/frame_owner.hpp"
#include "kernel/memory/page_table.hpp"

namespace axo::kernel::call {

/// Only known bits: whether a program's page may be writable and executable at once is VM's policy. Errors: invalid.
inline Status check_map_flags(std::uint32_t flags) {
    if ((flags & ~(map_flag::write | map_flag::execute | map_flag::uncached)) != 0) return Error::invalid;
    return {};
}

/// Errors: invalid (range, flags), not_permitted (a frame of the kernel's).
inline Status check_mapping(VirtAddr address, PhysAddr frame, std::uint64_t pages, std::uint32_t flags) {
    if (!is_user_range(address, pages) || address.value + pages * page_size > layout::mapping_end)
        return Error::invalid;
    if (!vm_may_map(frame, pages)) return Error::not_permitted;
    return check_map_flags(flags);
}

}  // namespace axo::kernel::call
