// The pool of message buffers with its shares.
#include "kernel/ipc/message_pool.hpp"

#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

constexpr unsigned own_share = 64;
constexpr unsigned ordinary_bound = 16;
constexpr Endpoint with_own_share[] = {endpoint::rs, endpoint::vm, endpoint::pm, endpoint::vfs, endpoint::ds};

MessagePool &pool() { return the_kernel.messages; }

AsyncBuffer &pop() {
    AsyncBuffer &buffer = *pool().free_list;
    pool().free_list = buffer.next;
    buffer.next = nullptr;
    --pool().free_total;
    return buffer;
}

}  // namespace

MessagePool::MessagePool(PrivilegeTable &privileges) : buffers{}, pairs{} {
    for (AsyncBuffer &buffer : buffers) {
        buffer.next = free_list;
        free_list = &buffer;
    }
    for (const Endpoint server : with_own_share) {
        privileges[server.slot()].buffers_reserved = own_share;
        set_aside += own_share;
    }
}

unsigned pair_bound(const Privilege &sender, const Privilege &destination) {
    const unsigned vfs = endpoint::vfs.slot();
    return sender.id() == vfs || destination.id() == vfs ? the_kernel.processes.limit : ordinary_bound;
}

AsyncBuffer *allocate_buffer(Privilege &sender) {
    const bool own = sender.buffers_reserved > 0;
    if (!own && pool().free_total <= pool().set_aside) return nullptr;
    if (own) {
        --sender.buffers_reserved;
        --pool().set_aside;
    }
    AsyncBuffer &buffer = pop();
    buffer.sender = static_cast<std::uint8_t>(sender.id());
    buffer.from_reserve = own;
    return &buffer;
}

void free_buffer(AsyncBuffer &buffer) {
    if (buffer.from_reserve) {
        ++the_kernel.privileges[buffer.sender].buffers_reserved;
        ++pool().set_aside;
    }
    buffer.from_reserve = false;
    buffer.next = pool().free_list;
    pool().free_list = &buffer;
    ++pool().free_total;
}

bool reserve_obituary(Privilege &sender, Pair &pair) {
    pair.obituary_from_share = pool().free_total <= pool().set_aside;
    if (!pair.obituary_from_share) {
        ++pool().set_aside;
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
        --pool().set_aside;
}

AsyncBuffer &take_obituary_buffer(const Privilege &sender, const Pair &pair) {
    --pool().set_aside;
    AsyncBuffer &buffer = pop();
    buffer.sender = static_cast<std::uint8_t>(sender.id());
    buffer.from_reserve = pair.obituary_from_share;
    return buffer;
}

unsigned free_buffer_count() { return pool().free_total; }

}  // namespace axo::kernel
