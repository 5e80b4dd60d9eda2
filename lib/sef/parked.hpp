// What comes in while a live update is approached: requests and user calls wait as plain records in the arena, so that
// the service comes to rest. The new version takes them up once it was accepted, in order; or the old one, when the
// update was called off, refused or rolled back. Nobody who asked notices but by the time it takes: the endpoint stays,
// and with it all that the kernel knows of who waits for an answer.
#pragma once

#include <optional>

#include "axo/error.hpp"
#include "axo/ipc.hpp"
#include "lib/sys/arena.hpp"

namespace axo::sef {

class Parked {
public:
    /// As many as there are processes, and then some for services.
    static constexpr std::size_t most = 1536;

    /// Whether this is somebody's request, as against an answer, a notification or a word of the kernel.
    static bool is_work(const Message &message) {
        return message.from_user() || !(message.is_reply() || message.is_notification() || message.from_kernel());
    }
    static bool any() { return !sys::arena().parked.empty(); }
    static std::size_t count() { return sys::arena().parked.size(); }

    /// Errors: no_memory, table_full; the message is then not kept.
    static Status keep(const Message &message);
    static const Message &at(std::size_t index) { return sys::arena().parked[index]; }
    /// It waits no longer; the order of the others stays.
    static Message take(std::size_t index);
    /// The call under this tag, if it waits here: nothing was done for it yet. Its caller is the taker's to answer.
    static std::optional<Message> take_call(Endpoint process, std::uint64_t tag);
    /// They were all taken up. What users wrote into them is wiped: nothing in an arena may look like an address.
    static void clear();
    /// A new version in another arena takes them along. Errors: no_memory.
    static Status carry(const sys::ArenaHeader &before);
};

}  // namespace axo::sef
