// Transfers from VFS into the file cache.
//
//   frames -> window of VM's own space -> granted to VFS -> PageIn -> the cache takes the frames
#include "servers/vm/file/file_pager.hpp"

#include "axo/vfs_protocol.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/grants.hpp"

#include <bit>
#include <cstring>

namespace axo::vm {

FilePager::Transfer *FilePager::find(const CachedFile &file, std::uint64_t page) {
    for (Transfer &transfer : transfers_)
        if (transfer.file == &file && transfer.first <= page && page < transfer.end) return &transfer;
    return nullptr;
}

sef::Async<Status> FilePager::bring_in(AbsentPage missing) {
    ++missing.file->users;
    Status status{};
    if (Transfer *transfer = find(*missing.file, missing.page); transfer != nullptr) {
        co_await transfer->done.wait();
    } else {
        auto reading = read(missing);
        status = co_await reading;
    }
    memory_.files.close(*missing.file);
    co_return status;
}

sef::Async<Status> FilePager::read(AbsentPage missing) {
    constexpr std::uint32_t all = (1u << OwnMemory::window_count) - 1;
    while (windows_in_use_ == all) co_await window_free_.wait();
    const auto window = static_cast<unsigned>(std::countr_one(windows_in_use_));
    windows_in_use_ |= 1u << window;
    Status status{};
    // While this waited for a window somebody else may have begun to read the same page.
    const bool needed = missing.file->pages.find(missing.page) == 0 && find(*missing.file, missing.page) == nullptr;
    if (needed) {
        auto transferring = transfer(missing, window);
        status = co_await transferring;
    }
    windows_in_use_ &= ~(1u << window);
    window_free_.signal_one();
    co_return status;
}

/// Up to a window, but neither what is there or on its way already, nor what lies behind mapping or file.
std::uint32_t FilePager::pages_to_read(const AbsentPage &missing) {
    std::uint32_t count = 1;
    while (count < OwnMemory::window_pages) {
        const std::uint64_t page = missing.page + count;
        if (page >= missing.end || missing.file->beyond_end(page)) break;
        if (missing.file->pages.find(page) != 0 || find(*missing.file, page) != nullptr) break;
        ++count;
    }
    return count;
}

Result<std::uint32_t> FilePager::take_frames(std::uint32_t wanted, FrameList &frames) {
    std::uint32_t count = 0;
    while (count < wanted) {
        const auto run = memory_.take_run(For::root, wanted - count);
        if (!run) break;
        for (std::uint32_t i = 0; i < run->count; ++i) frames[count++] = run->first + i;
    }
    if (count == 0) return Error::no_memory;
    return count;
}

void FilePager::release(const FrameList &frames, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) memory_.frames.release(frames[i]);
}

sef::Async<Status> FilePager::transfer(AbsentPage missing, unsigned window) {
    FrameList frames;
    CachedFile &file = *missing.file;
    const Result<std::uint32_t> taken = take_frames(pages_to_read(missing), frames);
    if (!taken) co_return taken.error();
    const std::uint32_t count = *taken;
    const std::uint64_t bytes = std::uint64_t{count} * page_size;
    const Result<std::byte *> shown = own_.show(window, std::span<const Frame>(frames, count));
    Result<GrantId> grant = Error::no_memory;
    if (shown) grant = sys::grants().direct(endpoint::vfs, *shown, bytes, sys::Access::write);
    if (!grant) {
        release(frames, count);
        co_return Error::no_memory;
    }
    Transfer transfer{.node = {}, .file = &file, .first = missing.page, .end = missing.page + count, .done = {}};
    transfers_.push_back(transfer);
    const std::uint32_t version = file.version;
    vfs::PageIn request{};
    request.file = file.id;
    request.offset = missing.page << page_shift;
    request.bytes = bytes;
    request.buffer = *grant;
    const auto answer = co_await sef::request(endpoint::vfs, request);
    sys::grants().revoke(*grant);
    transfers_.remove(transfer);
    if (answer && version == file.version)
        store(file, missing.page, frames, count, window, answer->bytes);
    else
        release(frames, count);
    transfer.done.signal_all();
    if (!answer) co_return Error::io;
    co_return Status{};
}

void FilePager::store(CachedFile &file, std::uint64_t first, const FrameList &frames, std::uint32_t count,
                      unsigned window, std::uint64_t bytes) {
    const std::uint64_t asked = std::uint64_t{count} * page_size;
    if (bytes < asked) {
        file.size = (first << page_shift) + bytes;
        const std::uint64_t part = bytes % page_size;
        if (part != 0) std::memset(OwnMemory::window_address(window) + bytes, 0, page_size - part);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        if (std::uint64_t{i} * page_size < bytes)
            (void)memory_.files.add_page(file, first + i, frames[i]);
        else
            memory_.frames.release(frames[i]);
    }
}

void FilePager::release_unused() {
    while (CachedFile *file = memory_.files.take_unused()) {
        vfs::ReleaseFile request{};
        request.file = file->id;
        request.holds = file->holds;
        memory_.files.forget(*file);
        (void)sef::tell(endpoint::vfs, request);  // fails only when VFS is gone, and its holds with it
    }
}

}  // namespace axo::vm
