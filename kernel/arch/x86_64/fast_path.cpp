// The ends of the fast paths that entry.asm calls: decide, switch, hand back whom to resume. Compiled without frame
// pointers; nothing here calls what could fail.
#include "kernel/arch/x86_64/context.hpp"
#include "kernel/ipc/ipc_fast.hpp"

namespace axo::kernel {

namespace {

/// Once more after the answers that the turn held have left. Apart, so that the common path calls nothing.
[[gnu::noinline]] Process *reply_after_turn(Process *server, std::uint64_t header, std::uint64_t tag,
                                            std::uint32_t peer, std::uint64_t word0, std::uint32_t from) {
    if (!fast::answers_left(*server)) return nullptr;
    Process *next = try_fast_reply(*server, header, tag, {peer}, word0, {from}, __builtin_ia32_rdtsc());
    return next != nullptr ? arch::switch_to(*next) : nullptr;
}

}  // namespace

extern "C" {

Process *fast_request(Process *caller, std::uint64_t header, std::uint64_t tag, std::uint32_t peer) {
    Process *next = try_fast_request(*caller, header, tag, {peer}, __builtin_ia32_rdtsc());
    return next != nullptr ? arch::switch_to_system(*next) : nullptr;
}

Process *fast_async(Process *caller, std::uint64_t header, std::uint32_t from, std::uint32_t peer) {
    Process *next = try_fast_async(*caller, header, {peer}, {from}, __builtin_ia32_rdtsc());
    return next != nullptr ? arch::switch_to_system(*next) : nullptr;
}

bool fast_notify(Process *caller, std::uint32_t peer) { return try_fast_notify(*caller, {peer}); }

Process *fast_reply(Process *server, std::uint64_t header, std::uint64_t tag, std::uint32_t peer, std::uint64_t word0,
                    std::uint32_t from) {
    Process *next = try_fast_reply(*server, header, tag, {peer}, word0, {from}, __builtin_ia32_rdtsc());
    return next != nullptr ? arch::switch_to(*next) : reply_after_turn(server, header, tag, peer, word0, from);
}

Process *fast_user_call(Process *caller) {
    Process *next = try_fast_user_call(*caller, __builtin_ia32_rdtsc());
    return next != nullptr ? arch::switch_to_system(*next) : nullptr;
}

}  // extern "C"

}  // namespace axo::kernel
