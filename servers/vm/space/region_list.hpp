// The regions of one address space, sorted and disjoint. Pure bookkeeping: no frames, no kernel.
#pragma once

#include "servers/vm/space/region.hpp"

namespace axo::vm {

class RegionList {
public:
    explicit RegionList(Heap &heap) : regions_(heap) {}

    std::size_t size() const { return regions_.size(); }
    Region &operator[](std::size_t index) { return regions_[index]; }
    const Region &operator[](std::size_t index) const { return regions_[index]; }

    /// Index of the first region that ends above `address`; size() if none.
    std::size_t first_above(std::uint64_t address) const;
    /// The region that holds this address, or null. Valid until the next change.
    Region *find(std::uint64_t address);
    /// No region touches [start, end).
    bool is_free(std::uint64_t start, std::uint64_t end) const;
    /// Regions without a gap cover [start, end).
    bool covers(std::uint64_t start, std::uint64_t end) const;
    /// The highest free range of that size inside [low, high). Errors: no_memory.
    Result<std::uint64_t> find_gap(std::uint64_t bytes, std::uint64_t low, std::uint64_t high) const;
    /// The lowest one. Errors: no_memory.
    Result<std::uint64_t> find_low_gap(std::uint64_t bytes, std::uint64_t low, std::uint64_t high) const;

    /// Adds a region where is_free; joins it to its neighbours where possible. Takes over its reference on the
    /// object. Errors: no_memory.
    Status insert(const Region &region);
    /// Makes `start` and `end` borders of regions. Errors: no_memory (nothing but harmless borders changed).
    Status split(std::uint64_t start, std::uint64_t end);
    /// Removes the regions inside [start, end); borders must have been split. The caller has let go of the objects.
    void remove(std::uint64_t start, std::uint64_t end);
    /// Joins neighbours that mean the same around [start, end).
    void join(std::uint64_t start, std::uint64_t end);

    Status copy_from(const RegionList &other);
    void swap(RegionList &other) { std::swap(regions_, other.regions_); }
    void clear() { regions_.clear(); }

private:
    Status split_at(std::uint64_t address);

    Vector<Region> regions_;
};

}  // namespace axo::vm
