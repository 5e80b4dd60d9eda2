// What is free and in use, as one record for user programs (root only): the leak tests read it before and
// after. rax = counters_call, rdi = address, rsi = size of a SystemCounters. PM answers, from kernel, VM and VFS.
#pragma once

#include "axo/ipc.hpp"

namespace axo {

inline constexpr std::uint16_t counters_call = message_type::axolotl_user_base + 1;

struct SystemCounters {
    // kernel
    std::uint64_t free_process_slots, free_privileges, free_message_buffers, table_frames, free_table_frames, safe_maps,
        interrupt_hooks, late_replies, refused_calls;
    // VM
    std::uint64_t total_frames, free_frames, cached_frames, spaces, regions;
    // PM
    std::uint64_t processes, zombies;
    // VFS
    std::uint64_t open_files, vnodes, pipes, requests, grants;
};

}  // namespace axo
