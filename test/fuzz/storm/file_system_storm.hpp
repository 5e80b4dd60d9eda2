// What storms at file systems share.
#pragma once

#include "test/fuzz/storm/storm.hpp"

namespace axo::storm {

/// Messages at a file system, which is mounted again whenever one of them unmounted it. A mount is without options,
/// from the driver "disk" where one is asked for; the root's inode is what requests ask about most.
template <class Service>
void file_system_storm(Storm<Service> &storm, unsigned messages) {
    storm.rare = {fs::Unmount::number, fs::Release::number};
    fs::Mount mount{};
    std::memcpy(mount.driver_label, "disk", 5);
    mount.options = invalid_grant;
    for (unsigned i = 0; i < messages; i += 20) {
        storm.begin(endpoint::vfs, mount, [&storm](const Message &answer) {
            if (answer.status() == 0) storm.numbers().anchor(answer.words[1]);
        });
        storm.run(20);
    }
}

}  // namespace axo::storm
