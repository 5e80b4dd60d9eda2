// See tree.hpp.
#include "servers/procfs/tree.hpp"

#include "axo/pm_protocol.hpp"
#include "lib/fs/mode.hpp"
#include "lib/fs/path_walk.hpp"
#include "servers/procfs/pci_names.hpp"

namespace axo::procfs {

namespace {

constexpr std::uint32_t directory = fs::mode::directory | 0555, file = fs::mode::regular | 0444,
                        link = fs::mode::symlink | 0777;

constexpr Entry table[] = {
    {Node::root, Node::root, "", directory},
    {Node::cmdline, Node::root, "cmdline", file},
    {Node::cpuinfo, Node::root, "cpuinfo", file},
    {Node::filesystems, Node::root, "filesystems", file},
    {Node::loadavg, Node::root, "loadavg", file},
    {Node::meminfo, Node::root, "meminfo", file},
    {Node::mounts, Node::root, "mounts", link},
    {Node::partitions, Node::root, "partitions", file},
    {Node::self, Node::root, "self", link},
    {Node::stat, Node::root, "stat", file},
    {Node::sys, Node::root, "sys", directory},
    {Node::uptime, Node::root, "uptime", file},
    {Node::version, Node::root, "version", file},
    {Node::sys_kernel, Node::sys, "kernel", directory},
    {Node::hostname, Node::sys_kernel, "hostname", file},
    {Node::osrelease, Node::sys_kernel, "osrelease", file},
    {Node::ostype, Node::sys_kernel, "ostype", file},
    {Node::pid_max, Node::sys_kernel, "pid_max", file},
    {Node::bus, Node::root, "bus", directory},
    {Node::bus_pci, Node::bus, "pci", directory},
    {Node::pci_devices, Node::bus_pci, "devices", file},
    {Node::pci_bus, Node::bus_pci, "", directory},
    {Node::pci_function, Node::pci_bus, "", file},
    {Node::process, Node::root, "", directory},
    {Node::process_cmdline, Node::process, "cmdline", file},
    {Node::process_comm, Node::process, "comm", file},
    {Node::process_cwd, Node::process, "cwd", link},
    {Node::process_exe, Node::process, "exe", link},
    {Node::process_mounts, Node::process, "mounts", file},
    {Node::process_stat, Node::process, "stat", file},
    {Node::process_statm, Node::process, "statm", file},
    {Node::process_status, Node::process, "status", file},
};

Result<Inode> child(Inode parent, std::string_view name) {
    for (const Entry &entry : table) {
        if (entry.parent == parent.node() && entry.name == name && !name.empty())
            return Inode::make(entry.node, parent.pid());
    }
    switch (parent.node()) {
        case Node::root: {
            const std::uint32_t pid = pid_named(name);
            if (pid == 0) return Error::no_entry;
            return Inode::make(Node::process, pid);
        }
        case Node::bus_pci: return Inode::make(Node::pci_bus, TRY(bus_named(name)));
        case Node::pci_bus: return Inode::make(Node::pci_function, TRY(function_named(parent.key(), name)));
        default: return Error::no_entry;
    }
}

Inode parent_of(const Entry &entry, Inode inode) {
    switch (entry.parent) {
        case Node::process: return Inode::make(entry.parent, inode.pid());
        case Node::pci_bus: return Inode::make(entry.parent, inode.key() >> 8);
        default: return Inode::make(entry.parent);
    }
}

}  // namespace

std::span<const Entry> entries() { return table; }

const Entry *find_entry(Node node) {
    for (const Entry &entry : table)
        if (entry.node == node) return &entry;
    return nullptr;
}

std::uint32_t pid_named(std::string_view name) {
    if (name.empty() || name.front() == '0') return 0;
    std::uint32_t pid = 0;
    for (const char c : name) {
        if (c < '0' || c > '9') return 0;
        pid = pid * 10 + static_cast<std::uint32_t>(c - '0');
        if (pid >= pm::pid_max) return 0;
    }
    return pid;
}

Result<Reached> walk(Inode start, std::string_view path) {
    Inode at = start;
    fs::PathWalk left(path);
    while (!left.at_end()) {
        const Entry *entry = find_entry(at.node());
        if (entry == nullptr) return Error::no_entry;
        if (!fs::mode::is_directory(entry->mode)) return Error::not_directory;
        const std::string_view name = left.peek();
        if (name == "..") {
            if (at.node() == Node::root) break;
            at = parent_of(*entry, at);
        } else if (name != ".") {
            at = TRY(child(at, name));
        }
        const bool more = left.slash_follows();
        left.take();
        const std::uint32_t mode = find_entry(at.node())->mode;
        if (fs::mode::is_symlink(mode)) break;
        if (more && !fs::mode::is_directory(mode)) return Error::not_directory;
    }
    return Reached{at, left.consumed()};
}

}  // namespace axo::procfs
