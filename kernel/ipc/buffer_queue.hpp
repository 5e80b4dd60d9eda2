// Queues of message buffers, singly linked: mailboxes, obituaries, what a turn holds.
#pragma once

#include "kernel/ipc/message_pool.hpp"

namespace axo::kernel {

inline void append(AsyncBuffer *&head, AsyncBuffer *&tail, AsyncBuffer &buffer) {
    buffer.next = nullptr;
    (head != nullptr ? tail->next : head) = &buffer;
    tail = &buffer;
}

inline void unlink(AsyncBuffer *&head, AsyncBuffer *&tail, AsyncBuffer *previous, AsyncBuffer &buffer) {
    (previous != nullptr ? previous->next : head) = buffer.next;
    if (tail == &buffer) tail = previous;
}

/// The first buffer, taken out; null: there is none.
inline AsyncBuffer *take_first(AsyncBuffer *&head, AsyncBuffer *&tail) {
    AsyncBuffer *first = head;
    if (first != nullptr) unlink(head, tail, nullptr, *first);
    return first;
}

/// Takes out what `unwanted` says, and gives it to `discard`.
template <typename Predicate, typename Discard>
void sift(AsyncBuffer *&head, AsyncBuffer *&tail, Predicate unwanted, Discard discard) {
    AsyncBuffer *previous = nullptr;
    for (AsyncBuffer *buffer = head; buffer != nullptr;) {
        AsyncBuffer *next = buffer->next;
        if (unwanted(*buffer)) {
            unlink(head, tail, previous, *buffer);
            discard(*buffer);
        } else {
            previous = buffer;
        }
        buffer = next;
    }
}

}  // namespace axo::kernel
