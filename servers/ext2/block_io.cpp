// Blocks between the caches and the device: missing ones in, dirty ones out.
#include <algorithm>

#include "lib/sys/log.hpp"
#include "servers/ext2/service.hpp"

namespace axo::ext2 {

namespace {

constexpr Nanoseconds flush_period = seconds(5);

/// One after the other; those that lie side by side become one.
class Segments {
public:
    void add(std::byte *address, std::size_t bytes) {
        if (count_ != 0 && items_[count_ - 1].address + items_[count_ - 1].bytes == address)
            items_[count_ - 1].bytes += bytes;
        else
            items_[count_++] = {address, bytes};
    }
    std::span<const fs::Segment> span() const { return {items_, count_}; }

private:
    fs::Segment items_[Device::max_elements];
    std::size_t count_ = 0;
};

}  // namespace

sef::Async<Status> Service::transfer(Direction direction, std::uint32_t block, std::span<const fs::Segment> segments) {
    ++transfers_;
    auto moving = device_.transfer(direction, std::uint64_t{block} * cache().block_size(), segments);
    const Status status = co_await moving;
    --transfers_;
    co_return status;
}

/// Moves a row of blocks. The caller ends the read or write in the cache.
sef::Async<Status> Service::transfer(Direction direction, std::span<Buffer *const> buffers) {
    Segments segments;
    for (const Buffer *const buffer : buffers) segments.add(cache().data(*buffer), cache().block_size());
    auto moving = transfer(direction, buffers[0]->block, segments.span());
    co_return co_await moving;
}

sef::Async<Status> Service::transfer(Direction direction, std::span<const fs::ContentPiece> pieces) {
    Segments segments;
    for (const fs::ContentPiece &piece : pieces) segments.add(content().memory(piece), content().block_size());
    auto moving = transfer(direction, pieces[0].block(), segments.span());
    co_return co_await moving;
}

sef::Async<Status> Service::read_blocks(std::uint32_t block, std::uint32_t count) {
    Buffer *buffers[Device::max_elements];
    const std::size_t most = std::min<std::size_t>({count, Device::max_elements, cache().size() / 4 + 1});
    const std::size_t taken = cache().begin_read(block, {buffers, most});
    if (taken == 0) {
        auto room = make_room(From::blocks);
        co_return co_await room;
    }
    auto moving = transfer(Direction::from_device, std::span<Buffer *const>(buffers, taken));
    const Status status = co_await moving;
    cache().end_read({buffers, taken}, status.has_value());
    io_done_.signal_all();
    co_return status;
}

/// What an attempt lacked, or at least some time passed in which it may have come.
sef::Async<Status> Service::provide(Wants wants) {
    if (wants.content.any()) {
        auto content = provide_content(wants.content);
        co_return co_await content;
    }
    auto block = provide_block(wants.block);
    co_return co_await block;
}

sef::Async<Status> Service::provide_block(Want want) {
    if (want.room) {
        auto room = make_room(From::blocks);
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

/// The file that is wanted from is there until the first wait, and as long as its pages are under way.
sef::Async<Status> Service::provide_content(fs::ContentWant want) {
    if (want.file != nullptr && content().in_flight(*want.file, want.logical)) {
        co_await io_done_.wait();
        co_return Status{};
    }
    fs::ContentPiece pieces[Device::max_elements];
    const std::size_t most = std::min<std::size_t>(Device::max_elements, content().size() / 4 + 1);
    const std::size_t taken = want.room ? 0 : content().begin_read(want, {pieces, most});
    if (taken == 0) {
        auto room = make_room(From::content);
        co_return co_await room;
    }
    auto moving = transfer(Direction::from_device, std::span<const fs::ContentPiece>(pieces, taken));
    const Status status = co_await moving;
    content().end_read({pieces, taken}, status.has_value());
    io_done_.signal_all();
    co_return status;
}

sef::Async<Status> Service::make_room(From from) {
    const std::size_t dirty = from == From::content ? content().dirty_count() : cache().dirty_count();
    if (dirty != 0) {
        auto writing = write_run(from);
        co_return co_await writing;
    }
    if (transfers_ == 0) co_return Error::no_memory;
    co_await io_done_.wait();
    co_return Status{};
}

/// Buffers that the cache has given out for writing.
sef::Async<Status> Service::write_buffers(std::span<Buffer *const> buffers) {
    fs::InFlight::Write out{{}, buffers[0]->block, static_cast<std::uint32_t>(buffers.size()), ~std::uint64_t{0}};
    for (const Buffer *const buffer : buffers) out.since = std::min(out.since, buffer->written_since);
    writes_.add(out);
    auto moving = transfer(Direction::to_device, buffers);
    const Status status = co_await moving;
    out.node.unlink();
    cache().end_write(buffers, status.has_value());
    io_done_.signal_all();
    co_return status;
}

sef::Async<Status> Service::write_pieces(std::span<const fs::ContentPiece> pieces) {
    fs::InFlight::Write out{{}, pieces[0].block(), static_cast<std::uint32_t>(pieces.size()), ~std::uint64_t{0}};
    for (const fs::ContentPiece &piece : pieces) out.since = std::min(out.since, piece.page->written_since);
    writes_.add(out);
    auto moving = transfer(Direction::to_device, pieces);
    const Status status = co_await moving;
    out.node.unlink();
    content().end_write(pieces, status.has_value());
    io_done_.signal_all();
    co_return status;
}

/// Writes the oldest dirty blocks that can go. What makes the file system unclean goes to the device only when that
/// says so.
sef::Async<Status> Service::write_run(From from) {
    auto marking = mark_device_unclean();
    const Status marked = co_await marking;
    if (!marked) co_return marked;
    bool of_content = from == From::content;
    if (from == From::oldest) of_content = content().oldest_dirty() < cache().oldest_dirty();
    for (unsigned i = 0; i < 2; ++i, of_content = !of_content) {
        fs::ContentPiece pieces[Device::max_elements];
        Buffer *buffers[Device::max_elements];
        const std::size_t count =
            of_content ? content().begin_write(pieces, writes_) : cache().begin_write(buffers, writes_);
        if (count == 0) continue;
        auto writing = of_content ? write_pieces(std::span<const fs::ContentPiece>(pieces, count))
                                  : write_buffers(std::span<Buffer *const>(buffers, count));
        co_return co_await writing;
    }
    if (state_.volume.writing_count() != 0) co_await io_done_.wait();
    co_return Status{};
}

/// The super block alone, with the mark "not clean"; waits for one that is on its way.
sef::Async<Status> Service::mark_device_unclean() {
    while (!device_unclean_) {
        Buffer *super = nullptr;
        if (state_.volume.marked_clean()) state_.volume.mark_unclean();
        cache().mark_dirty(state_.volume.super_buffer());
        if (cache().begin_write({&super, 1}, writes_, &state_.volume.super_buffer()) == 0) {
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
    const Volume &volume = state_.volume;
    const std::uint64_t newest = volume.last_change();
    while (mounted_) {
        const bool waiting = volume.oldest_dirty() <= newest;
        if (!waiting && !writes_.has_since(newest)) break;
        if (waiting) {
            auto writing = write_run(From::oldest);
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
    if (cache().begin_write({&super, 1}, writes_, &volume.super_buffer()) == 0) co_return Status{};
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
        mounted_ && (state_.volume.dirty_count() != 0 || (!state_.volume.marked_clean() && state_.volume.in_order()));
    if (work && !flush_timer_.active() && !state_.volume.geometry().read_only) flush_timer_.set(flush_period);
}

}  // namespace axo::ext2
