// The ext2 server: answers what the cache can answer at once, and for the rest brings blocks in or
// out and tries again, as coroutines. One mounted file system per process.
#pragma once

#include "lib/sys/clock.hpp"
#include "lib/sys/region.hpp"
#include "servers/ext2/device.hpp"
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/writer_turns.hpp"

namespace axo::ext2 {

class Service {
public:
    struct State {
        Volume volume{arena_heap()};
        FileSystem files{volume, arena_heap()};
        sys::Region cache;  // where the cached metadata lies
    };
    using Requests = fs::Requests;

    explicit Service(State &state) : state_(state) { flush_timer_.set_callback(bind<&Service::on_flush_timer>(*this)); }
    Status init(const sef::Init &init);
    void on_signal(int signal);

    template <Request R>
    void on(Endpoint caller, const R &request, sef::ReplyTo<typename R::Reply> reply);
    void on(Endpoint caller, const fs::Mount &request, sef::ReplyTo<fs::NodeInfo> reply);
    void on(Endpoint caller, const fs::Unmount &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const fs::Remount &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const fs::Sync &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const fs::NewDriver &request, sef::ReplyTo<Nothing> reply);

private:
    /// Requests of several steps that change what a file holds, and so take turns.
    template <Request R>
    static constexpr bool takes_turns = R::number == fs::Write::number || R::number == fs::Truncate::number;
    template <Request R>
    sef::Task finish_later(Endpoint caller, R request, sef::ReplyTo<typename R::Reply> reply, Progress progress);
    template <Request R>
    sef::Task wait_for_turn(Endpoint caller, R request, sef::ReplyTo<typename R::Reply> reply);
    template <Request R>
    sef::Async<Result<typename R::Reply>> go_on(Endpoint caller, R request, Progress progress);
    /// Attempts until done or until a block is missing.
    template <Request R>
    Result<typename R::Reply> advance(Endpoint caller, const R &request, Progress &progress);
    bool lacks_blocks(Error error) { return error == Error::absent && state_.volume.wants().any(); }

    // Mounting (mount.cpp).
    sef::Task mount(fs::Mount request, sef::ReplyTo<fs::NodeInfo> reply);
    sef::Async<Result<fs::NodeInfo>> mount_volume(fs::Mount request);
    sef::Async<Status> load_volume(std::size_t content_pages, bool read_only);
    sef::Async<Status> repair();
    sef::Task unmount(fs::Unmount request, sef::ReplyTo<Nothing> reply);
    sef::Task remount(fs::Remount request, sef::ReplyTo<Nothing> reply);
    sef::Async<Status> stop_writing();
    sef::Async<Status> begin_writing();
    bool in_use() const;
    sef::Async<Status> leave_device();
    void forget_volume();

    // Moving blocks (block_io.cpp).
    enum class From { oldest, blocks, content };
    sef::Async<Status> provide(Wants wants);
    sef::Async<Status> provide_block(Want want);
    sef::Async<Status> provide_content(fs::ContentWant want);
    sef::Async<Status> transfer(Direction direction, std::span<Buffer *const> buffers);
    sef::Async<Status> transfer(Direction direction, std::span<const fs::ContentPiece> pieces);
    sef::Async<Status> transfer(Direction direction, std::uint32_t block, std::span<const fs::Segment> segments);
    sef::Async<Status> read_blocks(std::uint32_t block, std::uint32_t count);
    sef::Async<Status> make_room(From from);
    sef::Async<Status> write_run(From from);
    sef::Async<Status> write_buffers(std::span<Buffer *const> buffers);
    sef::Async<Status> write_pieces(std::span<const fs::ContentPiece> pieces);
    sef::Async<Status> flush();
    sef::Async<Status> mark_device_unclean();
    sef::Async<Status> mark_volume_clean();
    sef::Task sync(sef::ReplyTo<Nothing> reply);
    sef::Task flush_in_background();
    void on_flush_timer();
    void arm_flush_timer();

    void set_time();
    BlockCache &cache() { return state_.volume.cache(); }
    fs::ContentCache &content() { return state_.volume.content(); }

    State &state_;
    Device device_;
    sef::Event io_done_;  // some transfer ended: what was under way may be there now
    sef::Timer flush_timer_;
    WriterTurns turns_;
    fs::InFlight writes_;                  // on their way to the device; a flush waits for those that are older than it
    bool mounted_ = false, busy_ = false;  // busy: mounting or unmounting
    bool flushing_ = false;
    bool device_unclean_ = false;  // the super block on the device says so: anything may be written
    unsigned transfers_ = 0;       // under way; they use the cache's buffers
    unsigned requests_ = 0;        // that wait for blocks
    unsigned flushes_ = 0;         // under way
};

template <Request R>
Result<typename R::Reply> Service::advance(Endpoint caller, const R &request, Progress &progress) {
    const fs::ClientMemory memory(caller);
    for (;;) {
        auto result = state_.files.run(memory, request, progress);
        if (!result && result.error() == step_done) continue;
        arm_flush_timer();
        return result;
    }
}

template <Request R>
void Service::on(Endpoint caller, const R &request, sef::ReplyTo<typename R::Reply> reply) {
    if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
    if (!mounted_) return reply.fail(Error::invalid);
    set_time();
    Progress progress;
    if constexpr (takes_turns<R>) {
        if (turns_.taken(request.inode)) {
            wait_for_turn(caller, request, std::move(reply));
            return;
        }
    }
    const auto result = advance(caller, request, progress);
    if (!result && lacks_blocks(result.error()))
        finish_later(caller, request, std::move(reply), progress);
    else
        reply.result(result);
}

/// The rest of a request after an attempt that lacked a block.
template <Request R>
sef::Async<Result<typename R::Reply>> Service::go_on(Endpoint caller, R request, Progress progress) {
    constexpr unsigned most_attempts = 1'000'000;  // a damaged image must not keep anybody for ever
    for (unsigned i = 0; i < most_attempts; ++i) {
        const Wants wants = state_.volume.wants();
        auto providing = provide(wants);
        const Status provided = co_await providing;
        if (!mounted_) co_return Error::io;
        const bool alone = wants.content.count <= 1 || progress.single_reads;  // else read-ahead may have failed
        if (!provided && alone) co_return state_.files.give_up(request, progress, provided.error());
        progress.single_reads = !provided;
        set_time();
        const auto result = advance(caller, request, progress);
        if (result || !lacks_blocks(result.error())) co_return result;
    }
    co_return state_.files.give_up(request, progress, Error::io);
}

template <Request R>
sef::Task Service::finish_later(Endpoint caller, R request, sef::ReplyTo<typename R::Reply> reply, Progress progress) {
    ++requests_;
    WriterTurns::Turn turn;
    if constexpr (takes_turns<R>) co_await turns_.enter(turn, request.inode);  // it is free
    auto rest = go_on(caller, request, progress);
    const auto result = co_await rest;
    --requests_;
    io_done_.signal_all();
    reply.result(result);
}

/// A request behind another one that changes the same file.
template <Request R>
sef::Task Service::wait_for_turn(Endpoint caller, R request, sef::ReplyTo<typename R::Reply> reply) {
    ++requests_;
    WriterTurns::Turn turn;
    co_await turns_.enter(turn, request.inode);
    Progress progress;
    set_time();
    Result<typename R::Reply> result = Error::io;
    if (mounted_) result = advance(caller, request, progress);
    if (!result && lacks_blocks(result.error())) {
        auto rest = go_on(caller, request, progress);
        result = co_await rest;
    }
    --requests_;
    io_done_.signal_all();
    reply.result(result);
}

}  // namespace axo::ext2
