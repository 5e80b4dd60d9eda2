// The boot table. "Blocks on" follows the plan: a system process blocks only on VM and DS, DS only on VM, RS and VM on
// nobody; the one exception, SEF's ready messages to RS, is added for every row by boot_privileges.
#include "servers/rs/boot/boot_table.hpp"

#include "axo/vm_protocol.hpp"

namespace axo::rs {

namespace {

using enum CallGroup;
namespace at = endpoint;

constexpr std::uint64_t vm_bits(std::initializer_list<unsigned> requests) {
    std::uint64_t mask = 0;
    for (const unsigned request : requests) mask |= 1ull << (request - message_type::vm);
    return mask;
}

constexpr std::uint64_t basic_vm = vm_bits(
    {axo::vm::Grow::number, axo::vm::RegionAllocate::number, axo::vm::RegionFree::number, axo::vm::MapPhysical::number,
     axo::vm::Counters::number, axo::vm::MemoryUse::number, axo::vm::ArenaShare::number});
constexpr std::uint64_t pm_vm = vm_bits({axo::vm::Fork::number, axo::vm::Exit::number, axo::vm::ExecSwitch::number,
                                         axo::vm::MakePresent::number, axo::vm::SetClock::number});
constexpr std::uint64_t vfs_vm =
    vm_bits({axo::vm::MakePresent::number, axo::vm::ExecBuild::number, axo::vm::ExecCancel::number,
             axo::vm::FileChanged::number, axo::vm::FileRemoved::number});
constexpr std::uint64_t rs_vm =
    vm_bits({axo::vm::Spawn::number, axo::vm::SetMask::number, axo::vm::RsUpdate::number, axo::vm::ArenaDigest::number,
             axo::vm::MakePresent::number, axo::vm::ReleaseDma::number});

constexpr std::uint32_t just(CallGroup group) { return static_cast<std::uint32_t>(group); }
constexpr std::array<Endpoint, 3> nobody{at::none, at::none, at::none};
constexpr std::array<Endpoint, 3> vm_and_ds{at::vm, at::ds, at::none};
constexpr std::array<DeviceMajor, 2> no_majors{{{0, false}, {0, false}}};
constexpr std::array<IoRange, 1> no_ports{{{0, 0}}};
constexpr std::array<IoRange, 1> serial_port{{{0x3f8, 0x3ff}}};

constexpr std::array<BootEntry, 11> table{{
    {"rs",
     at::rs,
     0,
     true,
     false,
     basic | signals | privileges | user_memory,
     basic_vm | rs_vm,
     nobody,
     {at::vm, at::pm, at::vfs, at::ds, at::tty, at::memory, at::log, at::root_fs, at::tmpfs, at::procfs},
     no_majors,
     no_ports,
     {0}},
    {"vm",
     at::vm,
     2,
     true,
     true,
     basic | CallGroup::memory | CallGroup::kill | user_memory | privileges,
     0,
     nobody,
     {at::rs, at::pm, at::vfs, at::ds, at::tty, at::memory, at::log, at::root_fs, at::tmpfs, at::procfs},
     no_majors,
     no_ports,
     {0}},
    {"pm",
     at::pm,
     4,
     true,
     false,
     basic | processes | signals | user_memory | privileges | clock,
     basic_vm | pm_vm,
     vm_and_ds,
     {at::vfs, at::rs, at::vm, at::ds, at::tty, at::init, at::procfs, at::none},
     no_majors,
     no_ports,
     {0}},
    {"vfs",
     at::vfs,
     5,
     true,
     false,
     basic | user_memory,
     basic_vm | vfs_vm,
     vm_and_ds,
     {at::pm, at::vm, at::rs, at::ds, at::tty, at::memory, at::log, at::root_fs, at::tmpfs, at::procfs},
     no_majors,
     no_ports,
     {0}},
    {"ds",
     at::ds,
     4,
     true,
     false,
     just(basic),
     basic_vm,
     {at::vm, at::none, at::none},
     {at::rs, at::pm, at::vfs, at::vm, at::tty, at::memory, at::log, at::root_fs, at::tmpfs, at::procfs},
     no_majors,
     no_ports,
     {0}},
    {"tty",
     at::tty,
     1,
     false,
     false,
     basic | devices,
     basic_vm,
     vm_and_ds,
     {at::vfs, at::pm, at::rs, at::vm, at::ds, at::log, at::none},
     {{{4, false}, {5, false}}},
     serial_port,
     {4}},
    {"memory",
     at::memory,
     3,
     false,
     false,
     just(basic),
     basic_vm,
     vm_and_ds,
     {at::vfs, at::root_fs, at::rs, at::vm, at::ds, at::none},
     {{{1, true}, {1, false}}},
     no_ports,
     {0}},
    {"log",
     at::log,
     2,
     false,
     false,
     just(basic),
     basic_vm,
     vm_and_ds,
     {at::vfs, at::tty, at::rs, at::vm, at::ds, at::none},
     {{{15, false}, {0, false}}},
     no_ports,
     {0}},
    {"fs_root",
     at::root_fs,
     5,
     true,
     false,
     just(basic),
     basic_vm,
     vm_and_ds,
     {at::vfs, at::memory, at::rs, at::vm, at::ds, at::none},
     no_majors,
     no_ports,
     {0},
     "ext2"},
    {"tmpfs",
     at::tmpfs,
     5,
     true,
     false,
     just(basic),
     basic_vm,
     vm_and_ds,
     {at::vfs, at::rs, at::vm, at::ds, at::none},
     no_majors,
     no_ports,
     {0},
     "tmpfs"},
    {"procfs",
     at::procfs,
     5,
     false,
     false,
     just(basic),
     basic_vm,
     vm_and_ds,
     {at::vfs, at::pm, at::rs, at::vm, at::ds, at::none},
     no_majors,
     no_ports,
     {0}},
}};

}  // namespace

std::span<const BootEntry> boot_table() { return table; }

const BootEntry *find_boot_entry(Endpoint endpoint) {
    for (const BootEntry &entry : table)
        if (entry.endpoint == endpoint) return &entry;
    return nullptr;
}

const BootEntry *find_boot_entry(std::string_view label) {
    for (const BootEntry &entry : table)
        if (entry.label == label) return &entry;
    return nullptr;
}

std::uint64_t basic_vm_calls() { return basic_vm; }

}  // namespace axo::rs
