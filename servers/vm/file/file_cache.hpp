// Pages of files, shared by every mapping of the file and kept after the last one until memory is short.
//
// A file lives in the cache as long as VFS keeps it open for VM: from the first MapFile or ExecBuild until nothing of
// it is mapped, cached or on its way. Then it is on the list of unused files, for ReleaseFile.
#pragma once

#include "axo/vm_protocol.hpp"
#include "servers/vm/space/region.hpp"

namespace axo::vm {

struct CachedFile : MemoryObject {
    CachedFile(Heap &heap, const FileId &file, std::uint64_t bytes) : MemoryObject(heap), id(file), size(bytes) {}
    static constexpr std::uint64_t unknown_size = ~0ull;

    FileId id;
    std::uint64_t size;         // bytes, or unknown after a change
    std::uint64_t holds = 0;    // to be given back to VFS
    std::uint32_t version = 0;  // changes when content was dropped: a transfer begun before is void
    std::uint32_t users = 0;    // transfers and coroutines that refer to it
    bool removed = false;       // nobody opens it again by a name
    bool listed_unused = false;
    CachedFile *next_in_bucket = nullptr;
    CachedFile *newer = nullptr, *older = nullptr;  // by last use
    CachedFile *next_unused = nullptr;

    bool unused() const { return regions == 0 && users == 0 && pages.count() == 0; }
    /// The page begins behind the end of the file.
    bool beyond_end(std::uint64_t page) const {
        return size != unknown_size && page >= (size + page_size - 1) / page_size;
    }
};

class FileCache {
public:
    FileCache(Heap &heap, FrameAllocator &frames) : heap_(heap), frames_(frames) {}

    CachedFile *find(const FileId &id);
    /// Finds or makes the record; counts one hold of VFS and one user. Errors: no_memory.
    Result<CachedFile *> open(const FileId &id, std::uint64_t size);
    /// One user fewer.
    void close(CachedFile &file);
    /// A region of it went away (the region count is already lower).
    void region_gone(CachedFile &file) { note_if_unused(file); }

    /// Takes over the reference on `frame`. If the page is there already, the frame is given back. Errors: no_memory
    /// (the frame is given back).
    Status add_page(CachedFile &file, std::uint64_t page, Frame frame);
    /// Forgets pages [first, end); mappings keep theirs.
    void drop(CachedFile &file, std::uint64_t first, std::uint64_t end);
    /// The file has lost its last name: its pages stay no longer than its mappings.
    void remove(CachedFile &file);
    void touch(CachedFile &file);
    /// Drops pages that nobody maps, from the file unused for longest on, until `count` frames came free. Returns how
    /// many did.
    std::uint32_t reclaim(std::uint32_t count);

    /// A file to be released at VFS, taken out of the list of unused ones, or null. Ends with `forget` or stays.
    CachedFile *take_unused();
    /// Destroys the record of an unused file.
    void forget(CachedFile &file);

    std::uint64_t cached_pages() const { return cached_pages_; }

private:
    static constexpr std::size_t bucket_count = 64;
    static std::size_t bucket_of(const FileId &id) { return (id.inode ^ id.inode >> 6 ^ id.device) % bucket_count; }
    void note_if_unused(CachedFile &file);
    void drop_pages(CachedFile &file, std::uint64_t first, std::uint64_t end);
    void link_newest(CachedFile &file);
    void unlink(CachedFile &file);
    std::uint32_t reclaim_from(CachedFile &file, std::uint32_t count);

    Heap &heap_;
    FrameAllocator &frames_;
    CachedFile *buckets_[bucket_count] = {};
    CachedFile *newest_ = nullptr, *oldest_ = nullptr;
    CachedFile *unused_ = nullptr;
    std::uint64_t cached_pages_ = 0;
};

}  // namespace axo::vm
