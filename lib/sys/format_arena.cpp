// What an arena begins with. Apart from arena.cpp, so that it can be tested on any memory.
#include "lib/sys/arena.hpp"

namespace axo::sys {

ArenaHeader &format_arena(void *base, std::size_t bytes, Heap::Area area) {
    constexpr std::size_t header_bytes = (sizeof(ArenaHeader) + Heap::alignment - 1) & ~(Heap::alignment - 1);
    auto *header = ::new (base) ArenaHeader;
    header->bytes = bytes;
    header->heap.adopt(static_cast<std::byte *>(base) + header_bytes, bytes - header_bytes, area);
    return *header;
}

}  // namespace axo::sys
