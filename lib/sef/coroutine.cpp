// Frames and the ready queue.
#include "lib/sef/coroutine.hpp"

#include "lib/base/heap.hpp"
#include "lib/sef/loop.hpp"

namespace axo::sef {

namespace {
// Coroutines to resume, and whether one could not start since the last message.
WaiterList ready;
bool frame_failed = false;
}  // namespace

namespace detail {

void *allocate_frame(std::size_t bytes) noexcept {
    const auto memory = scratch_heap().allocate(bytes);
    return memory ? *memory : nullptr;
}
void free_frame(void *frame) noexcept { scratch_heap().free(frame); }

void note_frame_failure() noexcept { frame_failed = true; }
void clear_frame_failure() noexcept { frame_failed = false; }
void forget_ready() { ready.forget(); }
bool frame_failure() noexcept { return frame_failed; }

}  // namespace detail

void make_ready(Waiter &waiter) {
    waiter.node.unlink();
    ready.push_back(waiter);
}

void run_ready() {
    while (Waiter *waiter = ready.pop_front()) waiter->handle.resume();
}

}  // namespace axo::sef
