// syslog(2): what `dmesg` asks for. The kernel's text itself, without levels and never cleared.
#include <algorithm>

#include "lib/sys/kernel.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

/// As where Linux restricts it: for root only.
std::int64_t Server::call_syslog(Process &caller, Call call) {
    constexpr std::uint64_t close = 0, open = 1, read_all = 3, size_of_log = 10;
    if (!caller.credentials.is_root()) return to_wire(Error::not_permitted);
    switch (call.argument(0)) {
        case close:
        case open: return 0;
        case read_all: return copy_log(caller, call.argument(1), call.argument(2));
        case size_of_log: return kernel_log_bytes;
        default: return to_wire(Error::invalid);
    }
}

/// The newest text that fits; how much that is.
std::int64_t Server::copy_log(const Process &caller, std::uint64_t to, std::uint64_t room) {
    char chunk[512];
    const auto at_end = sys::get_log(~std::uint64_t{0}, chunk);  // nothing, and where the end is
    if (!at_end) return to_wire(at_end.error());
    const std::uint64_t end = at_end->next_position, most = std::min<std::uint64_t>(room, kernel_log_bytes);
    std::uint64_t position = end > most ? end - most : 0, done = 0;
    while (position < end) {
        const auto part = sys::get_log(position, {chunk, std::min<std::uint64_t>(sizeof chunk, end - position)});
        if (!part) return to_wire(part.error());
        const std::uint64_t bytes = std::min(part->bytes, most - done);
        if (bytes == 0) break;
        const Status written = to_user(caller, to + done, chunk, bytes);
        if (!written) return to_wire(written.error());
        done += bytes;
        position = part->next_position;
    }
    return static_cast<std::int64_t>(done);
}

}  // namespace axo::pm
