// Frames and the ready queue.
#include "lib/sef/coroutine.hpp"

#include "lib/base/heap.hpp"

namespace axo::sef {

namespace detail {

WaiterList ready_waiters;
bool frame_failed = false;
std::size_t live_frames = 0;

void *allocate_frame(std::size_t bytes) noexcept {
    const auto memory = scratch_heap().allocate(bytes);
    if (!memory) return nullptr;
    ++live_frames;
    return *memory;
}
void free_frame(void *frame) noexcept {
    --live_frames;
    scratch_heap().free(frame);
}

void resume_ready() {
    while (Waiter *waiter = ready_waiters.pop_front()) waiter->handle.resume();
}

}  // namespace detail

void make_ready(Waiter &waiter) {
    waiter.node.unlink();
    detail::ready_waiters.push_back(waiter);
}

}  // namespace axo::sef
