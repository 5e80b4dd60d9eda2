// Chunks from VM. Blocking on VM is allowed to everybody.
#include "lib/sys/log.hpp"
#include "lib/sys/vm.hpp"
#include "servers/tmpfs/page_pool.hpp"

namespace axo::tmpfs {

Result<ChunkMemory> allocate_chunk() {
    const auto region = TRY(sys::vm::allocate_region(chunk_pages * page_size));
    return ChunkMemory{reinterpret_cast<std::byte *>(region.address.value), region.handle};
}

void free_chunk(const ChunkMemory &chunk) {
    if (!sys::vm::free_region(chunk.handle)) sys::log("a chunk of memory could not be freed");
}

}  // namespace axo::tmpfs
