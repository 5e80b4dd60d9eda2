// Brings pages of files in from VFS: several transfers at a time, one per run of pages; who needs a page that is on its
// way waits for that transfer.
#pragma once

#include "lib/base/list.hpp"
#include "lib/sef/coroutine.hpp"
#include "servers/vm/fault/faults.hpp"
#include "servers/vm/frames/own_memory.hpp"

namespace axo::vm {

class FilePager {
public:
    FilePager(Memory &memory, OwnMemory &own) : memory_(memory), own_(own) {}

    /// Brings the page in, and some of those that follow. Ok means: look again; the page may be behind the end of the
    /// file, as is then known, or have been given up already. Errors: io, no_memory.
    sef::Async<Status> bring_in(AbsentPage missing);
    /// Tells VFS about files of which nothing is left.
    void release_unused();

private:
    struct Transfer {
        ListNode node;
        CachedFile *file;
        std::uint64_t first, end;
        sef::Event done;
    };
    using FrameList = Frame[OwnMemory::window_pages];

    Transfer *find(const CachedFile &file, std::uint64_t page);
    sef::Async<Status> read(AbsentPage missing);
    sef::Async<Status> transfer(AbsentPage missing, unsigned window);
    std::uint32_t pages_to_read(const AbsentPage &missing);
    Result<std::uint32_t> take_frames(std::uint32_t wanted, FrameList &frames);
    void store(CachedFile &file, std::uint64_t first, const FrameList &frames, std::uint32_t count, unsigned window,
               std::uint64_t bytes);
    void release(const FrameList &frames, std::uint32_t count);

    Memory &memory_;
    OwnMemory &own_;
    IntrusiveList<Transfer, &Transfer::node> transfers_;
    std::uint32_t windows_in_use_ = 1u << OwnMemory::work_window;
    sef::Event window_free_;
};

}  // namespace axo::vm
