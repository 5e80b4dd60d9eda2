// See parked.hpp.
#include "lib/sef/parked.hpp"

#include <cstring>

namespace axo::sef {

Status Parked::keep(const Message &message) {
    Vector<Message> &parked = sys::arena().parked;
    if (parked.size() == most) return Error::table_full;
    return parked.push_back(message);
}

void Parked::clear() {
    Vector<Message> &parked = sys::arena().parked;
    if (parked.capacity() != 0) std::memset(static_cast<void *>(parked.data()), 0, parked.capacity() * sizeof(Message));
    parked = Vector<Message>(parked.heap());
}

Status Parked::carry(const sys::ArenaHeader &before) {
    Vector<Message> &parked = sys::arena().parked;
    TRY(parked.reserve(before.parked.size()));
    for (const Message &message : before.parked) TRY(parked.push_back(message));
    return {};
}

}  // namespace axo::sef
