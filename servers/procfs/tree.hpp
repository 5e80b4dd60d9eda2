// The names of /proc. All are fixed but those of the processes, which are their pids; an inode number says which name
// of which process it is, so that no table of inodes is kept. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "axo/error.hpp"

namespace axo::procfs {

enum class Node : std::uint8_t {
    none,
    root,
    // Of the system.
    cmdline,
    cpuinfo,
    filesystems,
    loadavg,
    meminfo,
    mounts,
    partitions,
    self,
    stat,
    sys,
    uptime,
    version,
    sys_kernel,
    hostname,
    osrelease,
    ostype,
    pid_max,
    bus,
    bus_pci,
    pci_devices,
    pci_bus,       // a directory per bus
    pci_function,  // a file per function
    // Of one process.
    process,
    process_cmdline,
    process_comm,
    process_cwd,
    process_exe,
    process_mounts,
    process_stat,
    process_statm,
    process_status,
};

struct Inode {
    std::uint64_t number;

    /// `key`: the pid of a process' names, the number of a bus, the place of a PCI function; else 0.
    static constexpr Inode make(Node node, std::uint32_t key = 0) {
        return {std::uint64_t{key} << 8 | static_cast<std::uint8_t>(node)};
    }
    constexpr Node node() const { return static_cast<Node>(number & 0xff); }
    constexpr std::uint32_t key() const { return static_cast<std::uint32_t>(number >> 8); }
    /// 0: of the system.
    constexpr std::uint32_t pid() const { return node() >= Node::process ? key() : 0; }
    constexpr bool is_pci() const { return node() == Node::pci_bus || node() == Node::pci_function; }
    friend constexpr bool operator==(Inode, Inode) = default;
};

struct Entry {
    Node node, parent;
    std::string_view name;  // empty: what the key says stands for it
    std::uint32_t mode;
};

/// All entries; those of one directory are neighbours.
std::span<const Entry> entries();

/// Null: no such node.
const Entry *find_entry(Node node);

/// The pid a name of the root directory means, 0: none.
std::uint32_t pid_named(std::string_view name);

/// Where a walk came to, and how many bytes of the path it used.
struct Reached {
    Inode inode;
    std::size_t consumed;
};

/// Walks as fs::Lookup says, stopping after a link. Whether a process exists is not looked at.
/// Errors: no_entry, not_directory.
Result<Reached> walk(Inode start, std::string_view path);

}  // namespace axo::procfs
