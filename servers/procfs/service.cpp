// Start, mount, and what concerns the whole file system.
#include "servers/procfs/service.hpp"

#include "lib/base/fixed_string.hpp"
#include "lib/fs/client_memory.hpp"
#include "lib/fs/linux_stat.hpp"
#include "lib/sys/announce.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/procfs/facts.hpp"

namespace axo::procfs {

Status Service::init(const sef::Init &init) {
    restarted_ = init.kind == rs::InitKind::restart;
    const BootDescription boot = TRY(sys::boot_description());
    put_text(command_line_, text_of(boot.command_line));
    const std::size_t count = boot.module_count < std::size(boot.modules) ? boot.module_count : std::size(boot.modules);
    for (std::size_t i = 0; i < count; ++i)
        if (boot.modules[i].role == BootRole::root_image) ram_disk_bytes_ = boot.modules[i].bytes;
    return {};
}

void Service::activated() {
    sampler_.set(seconds(LoadAverage::sample_seconds));
    if (!restarted_) return;
    if (const Status announced = sys::announce(fs::up_event_prefix); !announced)
        sys::panic("cannot tell VFS of the restart: error %d", static_cast<int>(announced.error()));
}

void Service::sample_load() {
    state_.load.sample(system_facts().runnable);
    sampler_.set(seconds(LoadAverage::sample_seconds));
}

void Service::on(Endpoint caller, const fs::Mount &, sef::ReplyTo<fs::NodeInfo> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    fs::NodeInfo root{};
    root.inode = Inode::make(Node::root).number;
    root.mode = find_entry(Node::root)->mode;
    root.links = 2;
    reply.ok(root);
}

void Service::on(Endpoint caller, const fs::Unmount &, sef::ReplyTo<Nothing> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    reply.ok();
}

void Service::on(Endpoint caller, const fs::FileSystemStat &request, sef::ReplyTo<Nothing> reply) {
    constexpr std::uint64_t proc_magic = 0x9fa0;
    fs::LinuxStatFs stat{};
    stat.type = proc_magic;
    stat.block_size = stat.fragment_size = page_size;
    stat.name_max = fs::name_max;
    stat.flags = fs::statfs_flag::valid;
    reply.status(fs::ClientMemory(caller).copy_out(request.buffer, 0, &stat, sizeof stat));
}

}  // namespace axo::procfs
