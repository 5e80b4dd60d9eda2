// Mount and unmount.
#include <algorithm>

#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/ext2/service.hpp"

namespace axo::ext2 {

namespace {

constexpr std::uint64_t smallest_cache = 256 * 1024, largest_caches = 64 * 1024 * 1024;

struct CacheBytes {
    std::uint64_t metadata, content;
};

/// Together a sixteenth of the machine's memory, and no more than the device holds; of that a quarter for metadata.
CacheBytes cache_bytes_for(std::uint64_t device_bytes) {
    std::uint64_t bytes = smallest_cache;
    if (const auto machine = sys::machine_info()) bytes = machine->memory_bytes / 16;
    bytes = std::min({bytes, largest_caches, device_bytes});
    const auto whole = [](std::uint64_t part) {
        return std::max(part, smallest_cache) & ~std::uint64_t{page_size - 1};
    };
    return {whole(bytes / 4), whole(bytes - bytes / 4)};
}

}  // namespace

sef::Task Service::mount(fs::Mount request, sef::ReplyTo<fs::NodeInfo> reply) {
    busy_ = true;
    set_time();
    auto mounting = mount_volume(request);
    const Result<fs::NodeInfo> root = co_await mounting;
    busy_ = false;
    mounted_ = root.has_value();
    if (!root) forget_volume();
    reply.result(root);
    arm_flush_timer();
}

sef::Async<Result<fs::NodeInfo>> Service::mount_volume(fs::Mount request) {
    const Label label = Label::cut(text_of(request.driver_label));
    auto opening = device_.open(label, request.minor, request.read_only != 0);
    const Status opened = co_await opening;
    if (!opened) co_return opened.error();
    const CacheBytes bytes = cache_bytes_for(device_.bytes());
    const Result<sys::Region> region = sys::Region::allocate(bytes.metadata);
    if (!region) co_return region.error();
    state_.cache = *region;
    auto loading = load_volume(bytes.content >> page_shift, request.read_only != 0);
    const Status loaded = co_await loading;
    if (!loaded) co_return loaded.error();
    device_unclean_ = !state_.volume.marked_clean();
    auto repairing = repair();
    const Status repaired = co_await repairing;
    if (!repaired) co_return repaired.error();
    for (;;) {
        const Result<fs::NodeInfo> root = state_.files.open_root();
        if (root || !lacks_blocks(root.error())) co_return root;
        auto providing = provide(state_.volume.wants());
        const Status provided = co_await providing;
        if (!provided) co_return provided.error();
    }
}

/// Super block and descriptors. The cache's memory serves as the first buffer.
sef::Async<Status> Service::load_volume(std::size_t content_pages, bool read_only) {
    fs::Segment segment{state_.cache.at(0), sizeof(SuperBlock)};
    auto reading =
        device_.transfer(Direction::from_device, super_block_offset, std::span<const fs::Segment>(&segment, 1));
    const Status read = co_await reading;
    if (!read) co_return read;
    SuperBlock super;
    std::memcpy(&super, state_.cache.at(0), sizeof super);
    const char *why = nullptr;
    const Result<Geometry> geometry = check_super_block(super, device_.bytes(), read_only, why);
    if (!geometry) {
        sys::log("not mounted: %s", why);
        co_return geometry.error();
    }
    const Status prepared = state_.files.prepare();
    if (!prepared) co_return prepared;
    const Status attached = state_.volume.attach(*geometry, state_.cache, content_pages);
    if (!attached) co_return attached;
    for (;;) {
        const Status loaded = state_.volume.load();
        if (loaded || !lacks_blocks(loaded.error())) {
            if (!loaded) sys::log("not mounted: damaged group descriptors");
            co_return loaded;
        }
        auto providing = provide(state_.volume.wants());
        const Status provided = co_await providing;
        if (!provided) co_return provided;
    }
}

/// After an unclean end: what was deleted while open is freed now.
sef::Async<Status> Service::repair() {
    if (!state_.volume.was_unclean()) co_return Status{};
    sys::log("was not unmounted; freeing what was deleted while open");
    if (state_.volume.geometry().read_only) co_return Status{};
    Progress progress;
    for (;;) {
        const Status status = state_.files.free_orphans(progress);
        if (status) co_return status;
        if (status.error() == step_done) continue;
        if (!lacks_blocks(status.error())) co_return status;
        auto providing = provide(state_.volume.wants());
        const Status provided = co_await providing;
        if (!provided) co_return provided;
    }
}

sef::Task Service::unmount(fs::Unmount request, sef::ReplyTo<Nothing> reply) {
    busy_ = true;
    set_time();
    Status status;
    if (in_use() && request.force == 0) status = Error::busy;
    if (status && !state_.volume.geometry().read_only) {
        auto flushing = flush();
        status = co_await flushing;
    }
    // Requests were served meanwhile: a file may have been opened, or is just being opened.
    if (status && in_use()) status = Error::busy;
    if (status || request.force != 0) {
        auto leaving = leave_device();
        status = co_await leaving;
    }
    busy_ = false;
    reply.status(status);
}

bool Service::in_use() const { return state_.volume.held_inodes() > 1 || requests_ != 0; }

/// Nothing is begun any more; what is under way comes to its end first. Errors: no_memory (nothing was done).
sef::Async<Status> Service::leave_device() {
    mounted_ = false;
    io_done_.signal_all();
    while (transfers_ + requests_ + flushes_ != 0) co_await io_done_.wait();
    auto closing = device_.close();
    const Status closed = co_await closing;
    if (!closed) sys::log("closing the device failed: error %d", static_cast<int>(closed.error()));
    forget_volume();
    co_return Status{};
}

void Service::forget_volume() {
    state_.volume.detach();
    state_.cache.free();
}

}  // namespace axo::ext2
