// One address space: what its addresses mean (regions) and which frames it holds (pages).
//
// The kernel's page table is a cache of `pages`: a page may be missing there or lack write access and is then put right
// at the next fault; it never shows a frame that `pages` does not hold. A space without a process (`owner` none) is one
// that exec prepares: it has no page table yet.
#pragma once

#include "axo/layout.hpp"
#include "servers/vm/frames/memory.hpp"
#include "servers/vm/space/region_list.hpp"

namespace axo::vm {

class Space {
public:
    Space(Memory &memory, For who) : regions(memory.heap), pages(memory.heap), memory_(memory), who_(who) {}
    ~Space();
    Space(const Space &) = delete;
    Space &operator=(const Space &) = delete;

    /// Adds a region where nothing is; takes over its reference on the object, also when it fails.
    /// Errors: no_memory (also: more than can be backed).
    Status add(const Region &region);
    /// Takes everything out of [start, end). Errors: no_memory (nothing changed).
    Status remove(std::uint64_t start, std::uint64_t end);
    /// Changes what may be done in [start, end), which regions cover. Errors: no_memory, access (nothing changed).
    Status protect(std::uint64_t start, std::uint64_t end, std::uint8_t protection);
    /// Moves the end of one region. Its surroundings must be free, its new size not zero. Errors: no_memory.
    Status extend(Region &region, std::uint64_t new_end);
    /// The same downwards (stacks).
    Status extend_down(Region &region, std::uint64_t new_start);
    /// Gives back the pages of a range but not the range: private ones are fresh at the next touch.
    void drop_pages(std::uint64_t start, std::uint64_t end);
    /// Moves a whole region's meaning and pages to a free range of the same size. Errors: no_memory (nothing changed).
    Status move(std::uint64_t start, std::uint64_t end, std::uint64_t destination);

    /// Fills [start, end), where nothing is, with fresh zeroed frames, taken as `whose`, and maps them. For system
    /// processes. Errors: no_memory (nothing changed).
    Status populate(std::uint64_t start, std::uint64_t end, std::uint32_t flags, For whose = For::system);
    /// Maps all pages it holds into the process' page table, private shared ones without write access.
    Status map_all() { return map_range(0, layout::user_end); }
    /// Makes this empty space a copy-on-write copy; the page tables are the caller's. Errors: no_memory (empty again).
    Status copy_from(const Space &parent);
    /// Gives everything back; the page table is the caller's.
    void clear();

    For who() const { return who_; }
    bool is_system() const { return who_ == For::system; }
    /// Of a user space: whose program it is from now on.
    void give_to(For who) { who_ = who; }
    bool has_process() const { return owner != endpoint::none; }
    Memory &memory() { return memory_; }
    /// Whether this page of the region may be written in place: nobody else sees it, or all are to.
    bool may_write(const Region &region, Frame frame) const {
        return region.shares_pages() || memory_.frames.references(frame) == 1;
    }
    std::uint64_t virtual_pages() const;

    RegionList regions;
    PageMap pages;
    Endpoint owner = endpoint::none;  // one of the processes that live in it
    std::uint32_t users = 1;          // how many do
    std::uint64_t brk_start = 0, brk_end = 0;
    std::uint64_t arena = layout::arena_a;  // of a system process: where its state arena lies

private:
    std::uint64_t committed_pages(std::uint64_t start, std::uint64_t end) const;
    void release_frames(std::uint64_t start, std::uint64_t end);
    void unmap(std::uint64_t start, std::uint64_t end);
    Status map_range(std::uint64_t start, std::uint64_t end);
    Status take_zeroed(std::uint64_t start, std::uint64_t end, For whose);

    Memory &memory_;
    For who_;
};

}  // namespace axo::vm
