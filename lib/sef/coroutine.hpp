// Coroutines of a service. Task: detached, runs at once to its first co_await. Async<T>: a subtask
// that starts when awaited. Frames come from the scratch heap; when it is exhausted an Async yields
// Error::no_memory, and a Task that could not start has its ReplyTo answered with no_memory.
//
// Rules: parameters by value (a reference outlives nothing after the first co_await); GCC 12: no
// operand of co_await is a temporary with a destructor, an aggregate in braces or an arm of ?:.
// Awaitables of this library have no destructor, so `co_await sef::request(pm, message)` is fine.
#pragma once

#include <concepts>
#include <coroutine>
#include <optional>
#include <utility>

#include "axo/error.hpp"
#include "lib/base/callback.hpp"
#include "lib/base/list.hpp"

namespace axo::sef {

namespace detail {
void *allocate_frame(std::size_t bytes) noexcept;  // null: none left; noted for the dispatcher
void free_frame(void *frame) noexcept;
void note_frame_failure() noexcept;

/// operator new and delete of every promise.
struct FrameOnScratch {
    static void *operator new(std::size_t bytes) noexcept { return allocate_frame(bytes); }
    static void operator delete(void *frame) noexcept { free_frame(frame); }
    static void operator delete(void *frame, std::size_t) noexcept { free_frame(frame); }
};
}  // namespace detail

/// Detached: nobody awaits it, its frame goes when it ends.
class Task {
public:
    struct promise_type : detail::FrameOnScratch {
        Task get_return_object() noexcept { return Task(true); }
        static Task get_return_object_on_allocation_failure() noexcept {
            detail::note_frame_failure();
            return Task(false);
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept {}
    };

    /// False: there was no memory for its frame and nothing of it ran.
    bool started() const { return started_; }

private:
    explicit Task(bool started) : started_(started) {}
    bool started_;
};

/// A subtask with a result; T is a Result<...> or Status. Await it at most once.
template <typename T>
class [[nodiscard]] Async {
    static_assert(std::constructible_from<T, Error>, "Async carries a Result");

public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    struct promise_type : detail::FrameOnScratch {
        struct Final {
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(Handle self) noexcept { return self.promise().continuation; }
            void await_resume() noexcept {}
        };

        Async get_return_object() noexcept { return Async(Handle::from_promise(*this)); }
        static Async get_return_object_on_allocation_failure() noexcept { return Async(nullptr); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        Final final_suspend() noexcept { return {}; }
        void return_value(T value) noexcept { result.emplace(std::move(value)); }
        void unhandled_exception() noexcept {}

        std::optional<T> result;
        std::coroutine_handle<> continuation;
    };

    Async(Async &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    /// One that nobody came to await (there was no memory for the frame of who would have): its frame goes, with what
    /// was given to it. One that is awaited is ended by await_resume; while it waits, its owner waits too.
    ~Async() {
        if (handle_) [[unlikely]]
            handle_.destroy();
    }

    bool await_ready() const noexcept { return !handle_; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> continuation) noexcept {
        handle_.promise().continuation = continuation;
        return handle_;
    }
    T await_resume() noexcept {
        if (!handle_) return T(Error::no_memory);
        T result = std::move(*handle_.promise().result);
        std::exchange(handle_, nullptr).destroy();
        return result;
    }

private:
    explicit Async(Handle handle) noexcept : handle_(handle) {}
    Handle handle_;
};

/// Something that is to go on: a coroutine, or without one the callback of an object that lives as long as the waiter
/// is queued. The main loop does it, not whoever made it ready.
struct Waiter {
    ListNode node;
    std::coroutine_handle<> handle;
    Callback callback;

    void go_on() {
        if (handle)
            handle.resume();
        else
            callback();
    }
};
using WaiterList = IntrusiveList<Waiter, &Waiter::node>;

/// Puts a waiter on the ready queue; it leaves whatever list it is on.
void make_ready(Waiter &waiter);
namespace detail {
void resume_ready();
}  // namespace detail

/// All coroutines are given up at once: the scratch heap with their frames is made anew (a rollback;
/// between host tests). Nothing refers to a frame afterwards.
void forget_coroutines();

/// Something coroutines wait for. Lives in the service object or the scratch heap, not in the State.
class Event {
public:
    /// co_await event.wait(): until the next signal. Check the condition again afterwards.
    auto wait() {
        struct Awaitable {
            WaiterList *list;
            // Storage, so that the awaitable itself needs no destructor; ended by await_resume.
            alignas(Waiter) std::byte storage[sizeof(Waiter)];
            Waiter *waiter() { return std::launder(reinterpret_cast<Waiter *>(storage)); }
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> handle) noexcept {
                Waiter *waiting = ::new (storage) Waiter;
                waiting->handle = handle;
                list->push_back(*waiting);
            }
            void await_resume() noexcept { waiter()->~Waiter(); }
        };
        return Awaitable{.list = &waiters_, .storage = {}};
    }

    void signal_one() {
        if (Waiter *first = waiters_.pop_front()) make_ready(*first);
    }
    void signal_all() {
        while (Waiter *first = waiters_.pop_front()) make_ready(*first);
    }
    bool has_waiters() { return !waiters_.empty(); }

private:
    WaiterList waiters_;
};

}  // namespace axo::sef

/// CO_TRY(name, awaitable): `name` is the awaited Result's value, or the coroutine returns its error.
#define CO_TRY(name, awaitable)                       \
    auto name##_awaitable_ = (awaitable);             \
    auto name##_result_ = co_await name##_awaitable_; \
    if (!name##_result_) [[unlikely]]                 \
        co_return name##_result_.error();             \
    auto &name = *name##_result_

/// The same where the value does not matter (Status, Result<Nothing>).
#define CO_TRY_VOID(awaitable)                            \
    do {                                                  \
        auto co_try_awaitable_ = (awaitable);             \
        auto co_try_status_ = co_await co_try_awaitable_; \
        if (!co_try_status_) [[unlikely]]                 \
            co_return co_try_status_.error();             \
    } while (false)
