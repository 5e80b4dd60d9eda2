// From reading and writing to reading only, and back.
#include "lib/sys/log.hpp"
#include "servers/ext2/service.hpp"

namespace axo::ext2 {

sef::Task Service::remount(fs::Remount request, sef::ReplyTo<Nothing> reply) {
    busy_ = true;
    set_time();
    Status status;
    if (request.read_only != 0) {
        auto stopping = stop_writing();
        status = co_await stopping;
    } else {
        auto beginning = begin_writing();
        status = co_await beginning;
    }
    busy_ = false;
    reply.status(status);
    arm_flush_timer();
}

/// Reading alone makes blocks dirty, by access times; that ends soon.
sef::Async<Status> Service::stop_writing() {
    constexpr unsigned attempts = 8;
    for (unsigned i = 0; i < attempts; ++i) {
        auto flushing = flush();
        const Status flushed = co_await flushing;
        if (!flushed) co_return flushed;
        const Volume &volume = state_.volume;
        const bool clean = volume.marked_clean() || volume.was_unclean();
        if (requests_ != 0 || !volume.all_written() || !clean) continue;
        state_.volume.set_read_only(true);
        co_return Status{};
    }
    co_return Error::busy;
}

/// What a mount for writing asks of the super block is asked now.
sef::Async<Status> Service::begin_writing() {
    const char *why = nullptr;
    if (!check_super_block(state_.volume.super(), device_.bytes(), false, why)) {
        sys::log("stays read-only: %s", why);
        co_return Error::read_only;
    }
    auto reopening = device_.reopen(false);
    const Status reopened = co_await reopening;
    if (!reopened) co_return reopened;
    state_.volume.set_read_only(false);
    auto repairing = repair();
    const Status repaired = co_await repairing;
    if (!repaired) state_.volume.set_read_only(true);
    co_return repaired;
}

}  // namespace axo::ext2
