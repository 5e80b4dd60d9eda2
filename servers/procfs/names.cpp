// Lookup, stat, listing and links.
#include <cstring>

#include "lib/base/fixed_string.hpp"
#include "lib/fs/client_memory.hpp"
#include "lib/fs/dirent_writer.hpp"
#include "lib/fs/linux_stat.hpp"
#include "lib/fs/mode.hpp"
#include "lib/sys/clock.hpp"
#include "servers/procfs/facts.hpp"
#include "servers/procfs/pci.hpp"
#include "servers/procfs/pci_names.hpp"
#include "servers/procfs/service.hpp"
#include "servers/procfs/ticks.hpp"

namespace axo::procfs {

namespace {

constexpr std::size_t path_max = 4096, listing_max = 8192;
constexpr std::uint64_t first_entry = 2, first_key = 256;  // positions in a directory

/// The attributes; those of a process' files belong to its user. Errors: no_entry.
sef::Async<Result<fs::NodeInfo>> node_info(Inode inode) {
    const Entry *entry = find_entry(inode.node());
    if (entry == nullptr) co_return Error::no_entry;
    fs::NodeInfo info{};
    info.inode = inode.number;
    info.mode = entry->mode;
    info.links = fs::mode::is_directory(entry->mode) ? 2 : 1;
    if (inode.is_pci()) {
        auto checking = check_pci(inode);
        const Status there = co_await checking;
        if (!there) co_return there.error();
    }
    if (inode.pid() == 0) co_return info;
    auto asking = ask_record(inode.pid());
    const auto record = co_await asking;
    if (!record) co_return record.error();
    info.uid = record->effective_uid;
    info.gid = record->effective_gid;
    co_return info;
}

Result<Reached> copy_and_walk(Endpoint caller, const fs::Lookup &request) {
    char path[path_max];
    if (request.path_bytes > sizeof path) return Error::name_too_long;
    if (request.path_bytes != 0) TRY(fs::ClientMemory(caller).copy_in(request.path, 0, path, request.path_bytes));
    return walk({request.directory}, {path, request.path_bytes});
}

/// One listing after the other of the same directory.
struct Lister {
    fs::DirentWriter writer;
    std::uint64_t next;
    bool full = false;

    /// `position` of this record; those before `next` were listed already.
    void put(std::uint64_t position, Inode inode, std::uint32_t mode, std::string_view name) {
        if (full || position < next) return;
        full = !writer.add(inode.number, position + 1, fs::mode::record_type(mode), name);
        if (!full) next = position + 1;
    }
};

void list_entries(Lister &lister, Inode directory) {
    const Entry &own = *find_entry(directory.node());
    lister.put(0, directory, own.mode, ".");
    lister.put(1, Inode::make(own.parent), fs::mode::directory, "..");
    std::uint64_t position = first_entry;
    for (const Entry &entry : entries()) {
        if (entry.parent != directory.node() || entry.name.empty()) continue;
        lister.put(position++, Inode::make(entry.node, directory.pid()), entry.mode, entry.name);
    }
}

void list_pids(Lister &lister, const std::uint64_t (&words)[pm::pid_max / 64]) {
    for (std::uint32_t i = 0; i < std::size(words) && !lister.full; ++i) {
        for (std::uint64_t left = words[i]; left != 0; left &= left - 1) {
            const std::uint32_t pid = i * 64 + static_cast<std::uint32_t>(__builtin_ctzll(left));
            char name[12];
            const std::size_t bytes = format(name, "%u", pid);
            lister.put(first_key + pid, Inode::make(Node::process, pid), fs::mode::directory, {name, bytes});
        }
    }
}

/// Buses of which something is there, or the functions of one. Each position is what it names, behind the fixed ones.
sef::Async<Status> list_pci(Lister *lister, Inode directory) {
    const bool of_bus = directory.node() == Node::pci_bus;
    const std::uint32_t first = of_bus ? directory.key() << 8 : 0, end = of_bus ? first + 256 : pci::places;
    for (std::uint32_t from = first; from < end && !lister->full;) {
        auto asking = pci_from(from);
        const auto place = co_await asking;
        if (!place && place.error() != Error::no_entry) co_return place.error();
        if (!place || *place >= end) break;
        const std::uint32_t bus = *place >> 8;
        if (of_bus)
            lister->put(first_key + *place, Inode::make(Node::pci_function, *place), fs::mode::regular,
                        name_of_function(*place).view());
        else
            lister->put(first_key + bus, Inode::make(Node::pci_bus, bus), fs::mode::directory, name_of_bus(bus).view());
        from = of_bus ? *place + 1 : (bus + 1) << 8;
    }
    co_return Status{};
}

/// Fills `buffer` with the records from request.offset on.
sef::Async<Result<fs::ReadDirectory::Reply>> list(fs::ReadDirectory request, String *buffer) {
    const Inode inode{request.inode};
    const Entry *entry = find_entry(inode.node());
    if (entry == nullptr) co_return Error::no_entry;
    if (!fs::mode::is_directory(entry->mode)) co_return Error::not_directory;
    Lister lister{fs::DirentWriter({reinterpret_cast<std::byte *>(buffer->data()), buffer->size()}), request.offset};
    list_entries(lister, inode);
    if (inode.node() == Node::root && !lister.full) {
        String bitmap(scratch_heap());
        if (!bitmap.resize(pm::pid_bitmap_bytes)) co_return Error::no_memory;
        auto *words = reinterpret_cast<std::uint64_t(*)[pm::pid_max / 64]>(bitmap.data());
        auto asking = ask_pids(words);
        const auto asked = co_await asking;
        if (!asked) co_return asked.error();
        list_pids(lister, *words);
    }
    if (inode.node() == Node::bus_pci || inode.node() == Node::pci_bus) {
        auto listing = list_pci(&lister, inode);
        const Status listed = co_await listing;
        if (!listed) co_return listed.error();
    }
    if (lister.full && lister.writer.used() == 0) co_return Error::invalid;
    co_return fs::ReadDirectory::Reply{lister.writer.used(), lister.next};
}

/// Whom a process executes and where it is, is its user's and root's to know. Errors: access, no_entry.
sef::Async<Status> may_know(std::uint32_t reader, std::uint32_t pid) {
    if (reader == 0 || reader == pid) co_return Status{};
    auto asking = ask_record(reader);
    const auto asker = co_await asking;
    if (!asker) co_return asker.error();
    auto looking = ask_record(pid);
    const auto target = co_await looking;
    if (!target) co_return target.error();
    const std::uint32_t uid = asker->file_system_uid;
    if (uid == 0 || (uid == target->real_uid && uid == target->effective_uid)) co_return Status{};
    co_return Error::access;
}

sef::Async<Result<String>> link_target(Inode inode, std::uint32_t reader) {
    Text text(scratch_heap());
    switch (inode.node()) {
        case Node::self:
            if (reader == 0) co_return Error::no_entry;
            text.print("%u", reader);
            co_return text.take();
        case Node::mounts: text.add("self/mounts"); co_return text.take();
        case Node::process_cwd:
        case Node::process_exe: break;
        default: co_return Error::invalid;
    }
    auto asking = may_know(reader, inode.pid());
    const Status allowed = co_await asking;
    if (!allowed) co_return allowed.error();
    const auto what =
        inode.node() == Node::process_exe ? vfs::ProcessText::program : vfs::ProcessText::current_directory;
    auto describing = ask_process_text(inode.pid(), what);
    co_return co_await describing;
}

}  // namespace

sef::Task Service::on(Endpoint caller, fs::Lookup request, sef::ReplyTo<fs::NodeInfo> reply) {
    const auto reached = copy_and_walk(caller, request);
    if (!reached) {
        reply.fail(reached.error());
        co_return;
    }
    auto describing = node_info(reached->inode);
    auto info = co_await describing;
    if (info) info->consumed = static_cast<std::uint32_t>(reached->consumed);
    reply.result(info);
}

sef::Task Service::on(Endpoint caller, fs::Stat request, sef::ReplyTo<fs::NodeInfo> reply) {
    auto describing = node_info({request.inode});
    const auto info = co_await describing;
    if (!info) {
        reply.fail(info.error());
        co_return;
    }
    const std::uint64_t now = sys::wall_clock().value;
    fs::LinuxStat stat{};
    stat.device = request.device;
    stat.inode = info->inode;
    stat.links = info->links;
    stat.mode = info->mode;
    stat.uid = info->uid;
    stat.gid = info->gid;
    stat.block_size = page_size;
    stat.access = stat.modify = stat.change = {now / second, now % second};
    const Status copied = fs::ClientMemory(caller).copy_out(request.buffer, 0, &stat, sizeof stat);
    if (copied)
        reply.ok(*info);
    else
        reply.fail(copied.error());
}

sef::Task Service::on(Endpoint caller, fs::ReadDirectory request, sef::ReplyTo<fs::ReadDirectory::Reply> reply) {
    String buffer(scratch_heap());
    const std::size_t room = request.bytes < listing_max ? request.bytes : listing_max;
    if (!buffer.resize(room)) {
        reply.fail(Error::no_memory);
        co_return;
    }
    auto listing = list(request, &buffer);
    const auto listed = co_await listing;
    Status copied{};
    if (listed && listed->bytes != 0)
        copied = fs::ClientMemory(caller).copy_out(request.buffer, 0, buffer.data(), listed->bytes);
    if (copied)
        reply.result(listed);
    else
        reply.fail(copied.error());
}

sef::Task Service::on(Endpoint caller, fs::ReadLink request, sef::ReplyTo<fs::ReadLink::Reply> reply) {
    auto reading = link_target({request.inode}, request.reader);
    const auto target = co_await reading;
    if (!target) {
        reply.fail(target.error());
        co_return;
    }
    const std::uint64_t bytes = target->size() < request.bytes ? target->size() : request.bytes;
    const Status copied = fs::ClientMemory(caller).copy_out(request.buffer, 0, target->c_str(), bytes);
    if (copied)
        reply.ok({bytes});
    else
        reply.fail(copied.error());
}

}  // namespace axo::procfs
