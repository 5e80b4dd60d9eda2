// Blocks between cache and device: missing ones in, dirty ones out.
#include <algorithm>

#include "lib/sys/log.hpp"
#include "servers/ext2/service.hpp"

namespace axo::ext2 {

namespace {

constexpr Nanoseconds flush_period = seconds(5);

/// Buffers that lie side by side make one segment.
std::size_t make_segments(const BlockCache &cache, std::span<Buffer *const> buffers, fs::Segment *segments) {
    std::size_t count = 0;
    for (Buffer *const buffer : buffers) {
        std::byte *const data = cache.data(*buffer);
        if (count != 0 && segments[count - 1].address + segments[count - 1].bytes == data) {
            segments[count - 1].bytes += cache.block_size();
        } else {
            segments[count++] = {data, cache.block_size()};
        }
    }
    return count;
}

}  // namespace

/// Moves a row of blocks. The caller ends the read or write in the cache.
sef::Async<Status> Service::transfer(Direction direction, std::span<Buffer *const> buffers) {
    fs::Segment segments[Device::max_elements];
    const std::size_t parts = make_segments(cache(), buffers, segments);
    const std::uint64_t offset = std::uint64_t{buffers[0]->block} * cache().block_size();
    ++transfers_;
    auto moving = device_.transfer(direction, offset, std::span<const fs::Segment>(segments, parts));
    const Status status = co_await moving;
    --transfers_;
    co_return status;
}

sef::Async<Status> Service::read_blocks(std::uint32_t block, std::uint32_t count) {
    Buffer *buffers[Device::max_elements];
    const std::size_t most = std::min<std::size_t>({count, Device::max_elements, cache().size() / 4 + 1});
    const std::size_t taken = cache().begin_read(block, {buffers, most});
    if (taken == 0) {
        auto room = make_room();
        co_return co_await room;
    }
    auto moving = transfer(Direction::from_device, std::span<Buffer *const>(buffers, taken));
    const Status status = co_await moving;
    cache().end_read({buffers, taken}, status.has_value());
    io_done_.signal_all();
    co_return status;
}

/// What an attempt lacked, or at least some time passed in which it may have come.
sef::Async<Status> Service::provide(Want want) {
    if (want.room) {
        auto room = make_room();
        co_return co_await room;
    }
    if (cache().in_flight(want.block)) {
        co_await io_done_.wait();
        co_return Status{};
    }
    const std::uint32_t left = state_.volume.geometry().blocks - want.block;
    auto reading = read_blocks(want.block, std::min(want.count, left));
    const Status status = co_await reading;
    if (status || want.count == 1) co_return status;
    auto single = read_blocks(want.block, 1);  // it may have been the read-ahead that failed
    co_return co_await single;
}

sef::Async<Status> Service::make_room() {
    if (cache().dirty_count() != 0) {
        auto writing = write_run(nullptr);
        co_return co_await writing;
    }
    if (transfers_ == 0) co_return Error::no_memory;
    co_await io_done_.wait();
    co_return Status{};
}

/// Buffers that the cache has given out for writing.
sef::Async<Status> Service::write_buffers(std::span<Buffer *const> buffers) {
    WriteOut out{{}, buffers[0]->written_since};
    for (const Buffer *const buffer : buffers) out.since = std::min(out.since, buffer->written_since);
    writes_.push_back(out);
    auto moving = transfer(Direction::to_device, buffers);
    const Status status = co_await moving;
    cache().end_write(buffers, status.has_value());
    io_done_.signal_all();
    co_return status;
}

/// Writes the oldest dirty blocks, or those around `seed`. What makes the file system unclean goes to the device only
/// when that says so.
sef::Async<Status> Service::write_run(Buffer *seed) {
    auto marking = mark_device_unclean();
    const Status marked = co_await marking;
    if (!marked) co_return marked;
    Buffer *buffers[Device::max_elements];
    const std::size_t count = cache().begin_write(buffers, seed);
    if (count == 0) {
        if (cache().writing_count() != 0) co_await io_done_.wait();
        co_return Status{};
    }
    auto writing = write_buffers(std::span<Buffer *const>(buffers, count));
    co_return co_await writing;
}

/// The super block alone, with the mark "not clean"; waits for one that is on its way.
sef::Async<Status> Service::mark_device_unclean() {
    while (!device_unclean_) {
        Buffer *super = nullptr;
        if (state_.volume.marked_clean()) state_.volume.mark_unclean();
        cache().mark_dirty(state_.volume.super_buffer());
        if (cache().begin_write({&super, 1}, &state_.volume.super_buffer()) == 0) {
            co_await io_done_.wait();
            continue;
        }
        auto writing = write_buffers(std::span<Buffer *const>(&super, 1));
        const Status status = co_await writing;
        if (!status) co_return status;
        device_unclean_ = true;
    }
    co_return Status{};
}

/// Everything that is dirty now is on the device, or there is an error. What becomes dirty meanwhile is not waited for.
sef::Async<Status> Service::flush() {
    const std::uint64_t newest = cache().last_change();
    const auto under_way = [&] {
        for (const WriteOut &write : writes_)
            if (write.since <= newest) return true;
        return false;
    };
    while (mounted_) {
        const bool waiting = cache().oldest_dirty() <= newest;
        if (!waiting && !under_way()) break;
        if (waiting) {
            auto writing = write_run(nullptr);
            const Status status = co_await writing;
            if (!status) co_return status;
        } else {
            co_await io_done_.wait();
        }
    }
    if (!mounted_) co_return Error::io;
    auto cleaning = mark_volume_clean();
    co_return co_await cleaning;
}

/// With nothing dirty and no inode waiting to be freed, the device holds a clean file system.
sef::Async<Status> Service::mark_volume_clean() {
    Volume &volume = state_.volume;
    if (!mounted_ || volume.geometry().read_only || volume.marked_clean() || !volume.in_order()) co_return Status{};
    volume.mark_clean();
    device_unclean_ = false;  // from here on it may say clean
    Buffer *super = nullptr;
    if (cache().begin_write({&super, 1}, &volume.super_buffer()) == 0) co_return Status{};
    auto writing = write_buffers(std::span<Buffer *const>(&super, 1));
    co_return co_await writing;
}

sef::Task Service::sync(sef::ReplyTo<Nothing> reply) {
    ++flushes_;
    set_time();
    auto flushing = flush();
    const Status status = co_await flushing;
    --flushes_;
    io_done_.signal_all();
    reply.status(status);
}

sef::Task Service::flush_in_background() {
    flushing_ = true;
    ++flushes_;
    set_time();
    auto flushing = flush();
    const Status status = co_await flushing;
    flushing_ = false;
    --flushes_;
    io_done_.signal_all();
    if (!status) sys::log("writing back failed: error %d; trying again", static_cast<int>(status.error()));
    arm_flush_timer();
}

void Service::on_flush_timer() {
    if (mounted_ && !flushing_) flush_in_background();
}

void Service::arm_flush_timer() {
    const bool work =
        mounted_ && (cache().dirty_count() != 0 || (!state_.volume.marked_clean() && state_.volume.in_order()));
    if (work && !flush_timer_.active() && !state_.volume.geometry().read_only) flush_timer_.set(flush_period);
}

}  // namespace axo::ext2
