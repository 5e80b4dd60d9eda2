// See parked.hpp.
#include "lib/sef/parked.hpp"

#include <cstring>

namespace axo::sef {

Status Parked::keep(const Message &message) {
    Vector<Message> &parked = sys::arena().parked;
    if (parked.size() == most) return Error::table_full;
    return parked.push_back(message);
}

Message Parked::take(std::size_t index) {
    Vector<Message> &parked = sys::arena().parked;
    const Message message = parked[index];
    parked.erase(index);
    return message;
}

std::optional<Message> Parked::take_call(Endpoint process, std::uint64_t tag) {
    for (std::size_t i = 0; i < count(); ++i) {
        const Message &message = at(i);
        if (message.from_user() && message.source == process && message.tag == tag) return take(i);
    }
    return std::nullopt;
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
