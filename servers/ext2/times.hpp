// Time stamps of an inode: 32 bits of seconds, and in larger inodes nanoseconds and two more bits.
#pragma once

#include "servers/ext2/volume.hpp"

namespace axo::ext2 {

enum TimeField : unsigned { access_time = 1, modify_time = 2, change_time = 4 };

inline bool has_extra_times(const Geometry &geometry, const DiskInode &disk) {
    constexpr unsigned needed = offsetof(DiskInode, version_high) - small_inode_size;
    return geometry.inode_size >= sizeof disk && disk.extra_size >= needed;
}

inline std::uint32_t extra_bits(Timestamp time) {
    // Unsigned: a program may ask for the last second there is.
    const auto low = static_cast<std::uint64_t>(static_cast<std::int32_t>(time.seconds));
    const auto epoch = static_cast<std::uint32_t>((time.seconds - low) >> 32) & 3;
    return time.nanoseconds << 2 | epoch;
}

inline Timestamp decode_time(bool has_extra, std::uint32_t seconds, std::uint32_t extra) {
    const auto low = static_cast<std::int64_t>(static_cast<std::int32_t>(seconds));
    if (!has_extra) return {static_cast<std::uint64_t>(low), 0};
    return {static_cast<std::uint64_t>(low + (static_cast<std::int64_t>(extra & 3) << 32)), extra >> 2};
}

/// `which`: an or of TimeFields. The inode must be modifiable.
inline void set_times(const Geometry &geometry, DiskInode &disk, unsigned which, Timestamp time) {
    const bool extra = has_extra_times(geometry, disk);
    const auto seconds = static_cast<std::uint32_t>(time.seconds);
    const auto set = [&](unsigned field, std::uint32_t &low, std::uint32_t &high) {
        if ((which & field) == 0) return;
        low = seconds;
        if (extra) high = extra_bits(time);
    };
    set(access_time, disk.access_time, disk.access_extra);
    set(modify_time, disk.modify_time, disk.modify_extra);
    set(change_time, disk.change_time, disk.change_extra);
}

}  // namespace axo::ext2
