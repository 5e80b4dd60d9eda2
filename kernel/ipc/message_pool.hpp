// Buffers for asynchronous messages, and what the kernel remembers about each pair of sender and destination.
//
// One pool. Five servers have buffers of their own that nobody else can use up. For every pair with an unanswered
// request one buffer is set aside for the word that the peer died, so that telling it never fails.
#pragma once

#include "kernel/process/privilege.hpp"

namespace axo::kernel {

struct AsyncBuffer {
    Message message;
    AsyncBuffer *next;
    std::uint8_t sender;       // privilege id
    std::uint8_t destination;  // privilege id
    bool from_reserve;         // of its sender's own share
};

/// Sender to destination, by privilege id.
struct Pair {
    std::uint16_t buffered;      // messages on the way, held ones included
    std::uint16_t unanswered;    // requests by SENDA that no reply has answered, held ones included
    std::uint16_t held_replies;  // replies by SENDA that wait for the end of the sender's turn
    bool wants_room;             // a SENDA was refused at the bound
    bool obituary_from_share;    // the buffer set aside for it is of the sender's own share
};
static_assert(sizeof(Pair) == 8, "there are 65,536 of them, and finding one is a shift");

inline constexpr unsigned message_buffers = 2048;

struct MessagePool {
    /// All buffers are free; the servers that have some of their own get them.
    explicit MessagePool(PrivilegeTable &privileges);

    AsyncBuffer buffers[message_buffers];
    Pair pairs[max_system_processes][max_system_processes];  // by sender and destination
    AsyncBuffer *free_list = nullptr;
    unsigned free_total = message_buffers;  // on the list
    unsigned set_aside = 0;                 // of those: shares not in use and obituaries
    bool is_wanted = false;                 // some sender found the pool empty
};

/// How many messages of the pair may be on the way at once.
unsigned pair_bound(const Privilege &sender, const Privilege &destination);

/// A buffer for a message of `sender`; null when its share and the common pool are used up.
AsyncBuffer *allocate_buffer(Privilege &sender);
void free_buffer(AsyncBuffer &buffer);

/// Sets one buffer aside for the obituary that the pair may need, of the common pool or else of the sender's share;
/// false when there is none.
bool reserve_obituary(Privilege &sender, Pair &pair);
void unreserve_obituary(Privilege &sender, const Pair &pair);
AsyncBuffer &take_obituary_buffer(const Privilege &sender, const Pair &pair);

unsigned free_buffer_count();

}  // namespace axo::kernel
