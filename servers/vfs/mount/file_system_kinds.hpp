// The file systems there are.
#pragma once

#include <array>

#include "axo/types.hpp"
#include "lib/base/fixed_string.hpp"

namespace axo::vfs {

struct FileSystemKind {
    Label type;       // as `mount -t` names it, and its program
    Label service;    // the one process that serves all there is of it; empty: RS makes one for every mount
    Endpoint server;  // of that service; else what the boot archive has for the mounts of boot
    bool needs_device;
    bool stateless;  // answers after a restart as before; its files change by themselves, so VFS remembers nothing

    bool serves_all() const { return !service.empty(); }
};

class FileSystemKinds {
public:
    /// Null: there is none.
    FileSystemKind *of_type(std::string_view type) {
        for (FileSystemKind &kind : kinds_)
            if (kind.type == type) return &kind;
        return nullptr;
    }
    FileSystemKind *of_service(std::string_view label) {
        for (FileSystemKind &kind : kinds_)
            if (kind.serves_all() && kind.service == label) return &kind;
        return nullptr;
    }

private:
    std::array<FileSystemKind, 3> kinds_{{
        {Label::cut("ext2"), {}, endpoint::root_fs, true, false},
        {Label::cut("tmpfs"), {}, endpoint::tmpfs, false, false},
        {Label::cut("proc"), Label::cut("procfs"), endpoint::procfs, false, true},
    }};
};

}  // namespace axo::vfs
