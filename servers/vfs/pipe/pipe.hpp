// A pipe or an open FIFO: the ring, its ends, and who waits for it.
#pragma once

#include "lib/base/heap.hpp"
#include "servers/vfs/pipe/pipe_ring.hpp"
#include "servers/vfs/process/wait.hpp"

namespace axo::vfs {

class Pipe {
public:
    explicit Pipe(std::byte *storage) : storage_(storage) {}
    ~Pipe() { arena_heap().free(storage_); }
    Pipe(const Pipe &) = delete;
    Pipe &operator=(const Pipe &) = delete;

    /// Errors: no_memory.
    static Result<Pipe *> create();

    std::byte *at(std::uint32_t offset) { return storage_ + offset; }

    PipeRing ring;
    std::uint32_t readers = 0, writers = 0;
    std::uint32_t reader_opens = 0, writer_opens = 0;  // ever: a FIFO open waits for the other's next one
    CallWaitList blocked_readers, blocked_writers, blocked_opens;
    Watch watch;

private:
    std::byte *storage_;
};

}  // namespace axo::vfs
