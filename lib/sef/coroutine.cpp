// Frames and the ready queue.
#include "lib/sef/coroutine.hpp"

#include "lib/base/heap.hpp"
#include "lib/sef/context.hpp"

namespace axo::sef {

namespace detail {

void *allocate_frame(std::size_t bytes) noexcept {
    const auto memory = scratch_heap().allocate(bytes);
    if (!memory) return nullptr;
    ++context().live_frames;
    return *memory;
}
void free_frame(void *frame) noexcept {
    --context().live_frames;
    scratch_heap().free(frame);
}

void note_frame_failure() noexcept { context().frame_failed = true; }

void resume_ready() {
    while (Waiter *waiter = context().ready.pop_front()) waiter->go_on();
}

}  // namespace detail

void make_ready(Waiter &waiter) {
    waiter.node.unlink();
    context().ready.push_back(waiter);
}

}  // namespace axo::sef
