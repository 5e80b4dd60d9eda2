// The pool of message buffers with its shares.
#include "kernel/ipc/message_pool.hpp"

namespace axo::kernel {
namespace {

constexpr unsigned buffer_count = 2048;
constexpr unsigned own_share = 64;
constexpr unsigned ordinary_bound = 16;
constexpr Endpoint with_own_share[] = {endpoint::rs, endpoint::vm, endpoint::pm, endpoint::vfs, endpoint::ds};

AsyncBuffer buffers[buffer_count];
Pair pairs[max_system_processes][max_system_processes];
AsyncBuffer *free_list;
unsigned free_total;  // on the list
unsigned set_aside;   // of those: shares not in use and obituaries

AsyncBuffer &pop() {
    AsyncBuffer &buffer = *free_list;
    free_list = buffer.next;
    buffer.next = nullptr;
    --free_total;
    return buffer;
}

}  // namespace

void initialise_message_pool() {
    free_list = nullptr;
    for (AsyncBuffer &buffer : buffers) {
        buffer.next = free_list;
        free_list = &buffer;
    }
    free_total = buffer_count;
    set_aside = 0;
    for (auto &row : pairs)
        for (Pair &pair : row) pair = Pair{};
    for (const Endpoint server : with_own_share) {
        privileges[server.slot()].buffers_reserved = own_share;
        set_aside += own_share;
    }
}

Pair &pair_of(const Privilege &sender, const Privilege &destination) { return pairs[sender.id()][destination.id()]; }

unsigned pair_bound(const Privilege &sender, const Privilege &destination) {
    const unsigned vfs = endpoint::vfs.slot();
    return sender.id() == vfs || destination.id() == vfs ? process_table.limit : ordinary_bound;
}

AsyncBuffer *allocate_buffer(Privilege &sender) {
    const bool own = sender.buffers_reserved > 0;
    if (!own && free_total <= set_aside) return nullptr;
    if (own) {
        --sender.buffers_reserved;
        --set_aside;
    }
    AsyncBuffer &buffer = pop();
    buffer.sender = static_cast<std::uint8_t>(sender.id());
    buffer.from_reserve = own;
    return &buffer;
}

void free_buffer(AsyncBuffer &buffer) {
    if (buffer.from_reserve) {
        ++privileges[buffer.sender].buffers_reserved;
        ++set_aside;
    }
    buffer.from_reserve = false;
    buffer.next = free_list;
    free_list = &buffer;
    ++free_total;
}

bool reserve_obituary(Privilege &sender, Pair &pair) {
    pair.obituary_from_share = free_total <= set_aside;
    if (!pair.obituary_from_share) {
        ++set_aside;
        return true;
    }
    if (sender.buffers_reserved == 0) return false;
    --sender.buffers_reserved;  // stays set aside, for this
    return true;
}

void unreserve_obituary(Privilege &sender, const Pair &pair) {
    if (pair.obituary_from_share)
        ++sender.buffers_reserved;
    else
        --set_aside;
}

AsyncBuffer &take_obituary_buffer(const Privilege &sender, const Pair &pair) {
    --set_aside;
    AsyncBuffer &buffer = pop();
    buffer.sender = static_cast<std::uint8_t>(sender.id());
    buffer.from_reserve = pair.obituary_from_share;
    return buffer;
}

unsigned free_buffer_count() { return free_total; }

}  // namespace axo::kernel
