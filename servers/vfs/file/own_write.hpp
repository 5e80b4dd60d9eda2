// Writing from VFS's own memory.
#pragma once

#include "servers/vfs/vfs.hpp"

namespace axo::vfs {

/// Writes to a regular file or character device at its position. Errors: as write.
sef::Async<Outcome> write_own(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file, const std::byte *data, std::uint64_t bytes);

}  // namespace axo::vfs
