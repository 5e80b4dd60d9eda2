// The file systems there are, and which process serves each now.
#pragma once

#include <array>

#include "axo/types.hpp"
#include "lib/base/fixed_string.hpp"

namespace axo::vfs {

/// One process serves one mount.
struct FileSystemKind {
    Label type;     // as `mount -t` names it
    Label service;  // that serves it
    Endpoint server;
    bool needs_device;
    bool stateless;  // answers after a restart as before; its files change by themselves, so VFS remembers nothing
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
            if (kind.service == label) return &kind;
        return nullptr;
    }

private:
    std::array<FileSystemKind, 3> kinds_{{
        {Label::cut("ext2"), Label::cut("fs_root"), endpoint::root_fs, true, false},
        {Label::cut("tmpfs"), Label::cut("tmpfs"), endpoint::tmpfs, false, false},
        {Label::cut("proc"), Label::cut("procfs"), endpoint::procfs, false, true},
    }};
};

}  // namespace axo::vfs
