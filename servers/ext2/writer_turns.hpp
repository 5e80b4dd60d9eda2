// Who may change a file's content: one request at a time, in the order they came. A write or a truncation
// that waits for blocks in its middle keeps the others of its file out until it is answered, so that an
// append goes behind what was appended before, whole.
#pragma once

#include <cstdint>

#include "lib/sef/coroutine.hpp"

namespace axo::ext2 {

class WriterTurns {
public:
    /// A request's place in the queue of its file; lies in the coroutine's frame and goes with it.
    class Turn {
    public:
        Turn() = default;
        Turn(const Turn &) = delete;
        Turn &operator=(const Turn &) = delete;
        ~Turn() {
            node_.unlink();
            if (turns_ != nullptr) turns_->go_on(inode_);
        }

    private:
        friend class WriterTurns;
        ListNode node_;
        WriterTurns *turns_ = nullptr;
        std::uint64_t inode_ = 0;
        sef::Waiter *waiter_ = nullptr;
    };

    /// Whether somebody changes this file, or waits to.
    bool taken(std::uint64_t inode) { return first(inode) != nullptr; }

    /// co_await turns.enter(turn, inode): until those before are done.
    auto enter(Turn &turn, std::uint64_t inode) {
        struct Awaitable {
            WriterTurns *turns;
            Turn *turn;
            // Storage, so that the awaitable itself needs no destructor; ended by await_resume.
            alignas(sef::Waiter) std::byte storage[sizeof(sef::Waiter)];
            bool await_ready() const noexcept { return turns->first(turn->inode_) == turn; }
            void await_suspend(std::coroutine_handle<> handle) noexcept {
                turn->waiter_ = ::new (storage) sef::Waiter;
                turn->waiter_->handle = handle;
            }
            void await_resume() noexcept {
                if (turn->waiter_ != nullptr) turn->waiter_->~Waiter();
                turn->waiter_ = nullptr;
            }
        };
        turn.turns_ = this;
        turn.inode_ = inode;
        queue_.push_back(turn);
        return Awaitable{.turns = this, .turn = &turn, .storage = {}};
    }

private:
    Turn *first(std::uint64_t inode) {
        for (Turn &turn : queue_)
            if (turn.inode_ == inode) return &turn;
        return nullptr;
    }
    void go_on(std::uint64_t inode) {
        Turn *const next = first(inode);
        if (next != nullptr && next->waiter_ != nullptr) sef::make_ready(*next->waiter_);
    }

    IntrusiveList<Turn, &Turn::node_> queue_;  // of all files
};

}  // namespace axo::ext2
