// Who may do what with a file: the Unix permission rules, with root's exceptions as Linux has them.
#pragma once

#include <cstdint>

namespace axo::vfs {

namespace want {
inline constexpr std::uint32_t execute = 1, write = 2, read = 4;  // as access(2)
}

inline constexpr std::uint32_t max_groups = 32;

/// The identity that file calls use.
struct Credentials {
    std::uint32_t real_uid, effective_uid, uid;  // uid: the file-system uid
    std::uint32_t real_gid, effective_gid, gid;
    std::uint32_t group_count;
    std::uint32_t groups[max_groups];

    bool is_root() const { return uid == 0; }
    bool in_group(std::uint32_t group) const;
};

/// What the rules need to know of a file.
struct Ownership {
    std::uint32_t mode, uid, gid;
};

/// True if all of `wanted` (want::) is allowed. Root may read and write anything, search any
/// directory, and execute what has at least one execute bit.
bool permits(const Credentials &who, const Ownership &file, std::uint32_t wanted);

/// True if `who` may change mode, owner or times of the file.
inline bool owns(const Credentials &who, const Ownership &file) { return who.is_root() || who.uid == file.uid; }

/// The mode after a chmod to `mode`: set-group-id is dropped for one who is not in the file's group.
std::uint32_t mode_after_chmod(const Credentials &who, const Ownership &file, std::uint32_t mode);

/// Whose a file is that `who` makes in `directory`, and its mode: a directory with set-group-id gives its group. One
/// who is not in that group makes no program with its rights. For directories see made_directory().
Ownership made_in(const Credentials &who, const Ownership &directory, std::uint32_t mode);
/// Of a directory: it hands set-group-id on.
Ownership made_directory(const Credentials &who, const Ownership &parent, std::uint32_t mode);

/// The mode after a write or chown: set-user-id goes, set-group-id goes if group-execute is set.
std::uint32_t mode_without_set_id(std::uint32_t mode);

}  // namespace axo::vfs
