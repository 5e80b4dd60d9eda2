// The content of the files.
#include "axo/system_name.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/fs/client_memory.hpp"
#include "lib/fs/mode.hpp"
#include "servers/procfs/facts.hpp"
#include "servers/procfs/pci.hpp"
#include "servers/procfs/service.hpp"

namespace axo::procfs {

namespace {

sef::Async<Result<String>> memory_content() {
    const vm::Counters question{};
    const auto frames = co_await sef::request(endpoint::vm, question);
    if (!frames) co_return frames.error();
    Text text(scratch_heap());
    put_meminfo(text, *frames);
    co_return text.take();
}

sef::Async<Result<String>> load_content(const LoadAverage *load) {
    String bitmap(scratch_heap());
    if (!bitmap.resize(pm::pid_bitmap_bytes)) co_return Error::no_memory;
    auto asking = ask_pids(reinterpret_cast<std::uint64_t(*)[pm::pid_max / 64]>(bitmap.data()));
    const auto last_pid = co_await asking;
    if (!last_pid) co_return last_pid.error();
    Text text(scratch_heap());
    put_loadavg(text, *load, system_facts(), *last_pid);
    co_return text.take();
}

sef::Async<Result<String>> process_content(Inode inode) {
    if (inode.node() == Node::process_mounts) {
        auto asking = ask_mounts();
        co_return co_await asking;
    }
    if (inode.node() == Node::process_cmdline) {
        auto asking = ask_process_text(inode.pid(), vfs::ProcessText::command_line);
        auto line = co_await asking;
        if (!line && line.error() == Error::no_entry) co_return String(scratch_heap());  // a service or zombie
        co_return line;
    }
    auto asking = ask_process(inode.pid());
    const auto facts = co_await asking;
    if (!facts) co_return facts.error();
    Text text(scratch_heap());
    switch (inode.node()) {
        case Node::process_comm: text.print("%s\n", facts->record.name); break;
        case Node::process_stat: put_process_stat(text, *facts); break;
        case Node::process_statm: put_process_statm(text, *facts); break;
        case Node::process_status: put_process_status(text, *facts); break;
        default: co_return Error::invalid;
    }
    co_return text.take();
}

}  // namespace

sef::Async<Result<String>> Service::system_content(Node node) {
    Text text(scratch_heap());
    switch (node) {
        case Node::cmdline:
            text.add(text_of(command_line_));
            text.add("\n");
            break;
        case Node::cpuinfo: put_cpuinfo(text, processor_facts()); break;
        case Node::filesystems: put_filesystems(text); break;
        case Node::partitions: put_partitions(text, ram_disk_bytes_); break;
        case Node::stat: put_system_stat(text, system_facts()); break;
        case Node::uptime: put_uptime(text, system_facts()); break;
        case Node::version: put_version(text); break;
        case Node::osrelease: text.print("%s\n", system_name::release); break;
        case Node::ostype: text.print("%s\n", system_name::type); break;
        case Node::pid_max: text.print("%u\n", pm::pid_max); break;
        default: co_return Error::invalid;
    }
    co_return text.take();
}

sef::Async<Result<String>> Service::content_of(Inode inode) {
    if (inode.pid() != 0) return process_content(inode);
    switch (inode.node()) {
        case Node::pci_devices: return pci_device_list();
        case Node::pci_function: return pci_header(inode.key());
        case Node::meminfo: return memory_content();
        case Node::loadavg: return load_content(&state_.load);
        case Node::hostname: return ask_host_name();
        default: return system_content(inode.node());
    }
}

sef::Task Service::on(Endpoint caller, fs::Read request, sef::ReplyTo<fs::Read::Reply> reply) {
    const Inode inode{request.inode};
    const Entry *entry = find_entry(inode.node());
    if (entry == nullptr || !fs::mode::is_regular(entry->mode)) {
        reply.fail(entry != nullptr && fs::mode::is_directory(entry->mode) ? Error::is_directory : Error::invalid);
        co_return;
    }
    const String *content = request.offset != 0 ? snapshots_.find(inode) : nullptr;
    if (content == nullptr) {
        auto making = content_of(inode);
        auto made = co_await making;
        if (!made) {
            reply.fail(made.error());
            co_return;
        }
        content = &snapshots_.keep(inode, std::move(*made));
    }
    const std::uint64_t left = request.offset < content->size() ? content->size() - request.offset : 0;
    const std::uint64_t bytes = left < request.bytes ? left : request.bytes;
    Status copied{};
    if (bytes != 0)
        copied = fs::ClientMemory(caller).copy_out(request.buffer, 0, content->c_str() + request.offset, bytes);
    if (copied)
        reply.ok({bytes});
    else
        reply.fail(copied.error());
}

}  // namespace axo::procfs
