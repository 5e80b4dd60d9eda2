// What a range of addresses means: where its pages come from, who may do what.
#pragma once

#include "axo/kernel_call.hpp"
#include "servers/vm/space/page_map.hpp"

namespace axo::vm {

/// PROT_* of mmap.
namespace protection {
inline constexpr std::uint8_t none = 0, read = 1, write = 2, execute = 4, mask = 7;
}

enum class RegionKind : std::uint8_t {
    anonymous,  // private, zero at first
    heap,       // the same, moved by brk
    stack,      // the same, grows down at faults
    file,       // private, from a file at first
    shared,     // pages of a SharedMemory
    physical,   // device memory or the boot image: not VM's frames
    resident,   // a system process' own: never absent, not counted as committed but for content
};

namespace region_attribute {
inline constexpr std::uint8_t no_reserve = 1;   // MAP_NORESERVE: not counted as committed
inline constexpr std::uint8_t dma = 2;          // quarantined when the process dies
inline constexpr std::uint8_t grows_down = 4;   // MAP_GROWSDOWN
inline constexpr std::uint8_t never_write = 8;  // shared mapping of a file: could not be written back
inline constexpr std::uint8_t uncached = 16;    // physical: mapped without cache
inline constexpr std::uint8_t content = 32;     // resident: data of programs, counted as committed
}  // namespace region_attribute

/// What regions can have in common: pages with an identity of their own.
struct MemoryObject {
    explicit MemoryObject(Heap &heap) : pages(heap) {}
    std::uint32_t regions = 0;  // that refer to it
    PageMap pages;              // one reference per frame
};

struct Region {
    std::uint64_t start, end;   // page aligned
    std::uint64_t object_page;  // page of the object, or frame of a physical range, at `start`
    MemoryObject *object;       // file: a CachedFile, shared: a SharedMemory, else null
    RegionKind kind;
    std::uint8_t protection;
    std::uint8_t attributes;

    std::uint64_t first_page() const { return start >> page_shift; }
    std::uint64_t end_page() const { return end >> page_shift; }
    std::uint64_t pages() const { return (end - start) >> page_shift; }
    bool contains(std::uint64_t address) const { return start <= address && address < end; }
    std::uint64_t object_page_at(std::uint64_t page) const { return object_page + (page - first_page()); }
    bool has(std::uint8_t attribute) const { return (attributes & attribute) != 0; }
    bool writable() const { return (protection & protection::write) != 0; }
    bool shares_pages() const { return kind == RegionKind::shared; }

    /// Pages that must be backed when everything in it is written (plan section 9).
    std::uint64_t committed_pages() const;
    /// map_flags of a page of it that may be written right now or not.
    std::uint32_t flags(bool write) const {
        return (write && writable() ? map_flag::write : 0u) |
               ((protection & protection::execute) != 0 ? map_flag::execute : 0u);
    }
    /// `next` starts where this ends and means the same: one record will do for both.
    bool continues_with(const Region &next) const;
};

}  // namespace axo::vm
