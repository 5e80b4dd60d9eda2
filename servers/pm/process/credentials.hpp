// User and group ids of a process and the rules about them (Linux', which for root and set-id programs are POSIX').
#pragma once

#include <cstdint>
#include <span>

namespace axo::pm {

inline constexpr std::uint32_t keep_id = ~0u;  // in setre*id and setres*id: leave as it is
inline constexpr unsigned groups_max = 32;

struct IdSet {
    std::uint32_t real, effective, saved, file_system;

    constexpr bool has(std::uint32_t id) const { return id == real || id == effective || id == saved; }
    friend constexpr bool operator==(const IdSet &, const IdSet &) = default;
};

struct Credentials {
    IdSet user{}, group{};
    std::uint32_t group_count = 0;
    std::uint32_t groups[groups_max] = {};

    constexpr bool is_root() const { return user.effective == 0; }
};

/// The set after setuid or setgid, or false: not permitted.
constexpr bool set_id(IdSet &ids, std::uint32_t id, bool privileged) {
    if (privileged) {
        ids = {id, id, id, id};
        return true;
    }
    if (id != ids.real && id != ids.saved) return false;
    ids.effective = ids.file_system = id;
    return true;
}

/// setreuid, setregid: the saved id follows when the real one is set or the effective one becomes another than the
/// real.
constexpr bool set_real_effective(IdSet &ids, std::uint32_t real, std::uint32_t effective, bool privileged) {
    const IdSet old = ids;
    if (!privileged && real != keep_id && real != old.real && real != old.effective) return false;
    if (!privileged && effective != keep_id && !old.has(effective)) return false;
    if (real != keep_id) ids.real = real;
    if (effective != keep_id) ids.effective = effective;
    if (real != keep_id || (effective != keep_id && effective != old.real)) ids.saved = ids.effective;
    ids.file_system = ids.effective;
    return true;
}

/// setresuid, setresgid.
constexpr bool set_all(IdSet &ids, std::uint32_t real, std::uint32_t effective, std::uint32_t saved, bool privileged) {
    for (const std::uint32_t id : {real, effective, saved})
        if (!privileged && id != keep_id && !ids.has(id)) return false;
    if (real != keep_id) ids.real = real;
    if (effective != keep_id) ids.effective = effective;
    if (saved != keep_id) ids.saved = saved;
    ids.file_system = ids.effective;
    return true;
}

/// Whether `sender` may signal `target` (SIGCONT within a session is the caller's matter).
constexpr bool may_signal(const Credentials &sender, const Credentials &target) {
    if (sender.is_root()) return true;
    const auto matches = [&](std::uint32_t id) { return id == target.user.real || id == target.user.saved; };
    return matches(sender.user.real) || matches(sender.user.effective);
}

}  // namespace axo::pm
