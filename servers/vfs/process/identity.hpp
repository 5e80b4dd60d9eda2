// Who a process is to the files: one object that nobody changes, shared by a process, its children and
// the calls they are in. A change of identity replaces it whole, so that no call sees it change.
#pragma once

#include "servers/vfs/path/permission.hpp"
#include "servers/vfs/ref.hpp"

namespace axo::vfs {

struct Identity {
    explicit Identity(const Credentials &of) : credentials(of) {}
    std::uint32_t references = 0;
    const Credentials credentials;
    void unreferenced();
};

/// Errors: no_memory.
Result<Ref<Identity>> make_identity(const Credentials &credentials);

}  // namespace axo::vfs
