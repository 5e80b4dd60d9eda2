// Physical memory: one bit per free frame, one reference count per frame.
//
// A frame in use has as many references as page maps that hold it: one per address space and one from the file cache
// or shared object. A private page may be written in place exactly when its count is one.
#pragma once

#include "axo/error.hpp"
#include "axo/types.hpp"
#include "lib/sys/region.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace axo::vm {

/// Number of a 4 KiB frame of physical memory. 0 is never given out.
using Frame = std::uint32_t;

constexpr PhysAddr frame_address(Frame frame) { return {std::uint64_t{frame} << page_shift}; }
constexpr Frame frame_of(PhysAddr address) { return static_cast<Frame>(address.value >> page_shift); }

class FrameAllocator {
public:
    /// Whom a frame is for. The last frames are the system's, those before them root's programs' too, those before them
    /// all programs', and the rest may also be what services keep of users' data.
    enum class For { content, user, root, system };

    /// How many are kept for whom, and for those behind.
    struct Shares {
        std::uint32_t system = 0, root = 0, programs = 0;
    };

    struct Run {
        Frame first;
        std::uint32_t count;
    };

    /// Bytes of zeroed memory that `attach` wants for frames 0..frame_count-1.
    static constexpr std::size_t table_bytes(std::uint32_t frame_count) {
        return std::size_t{words(frame_count)} * sizeof(std::uint64_t) +
               std::size_t{frame_count} * sizeof(std::uint32_t);
    }

    /// Takes over `table`: zeroed, table_bytes long. No frame is free until `add_range`.
    void attach(const sys::Region &table, std::uint32_t frame_count);
    /// Frames that VM may give out from now on.
    void add_range(Frame first, std::uint32_t count);
    void set_shares(const Shares &shares) { shares_ = shares; }
    /// How many are not for `who`.
    std::uint32_t kept_from(For who) const {
        return (who < For::system ? shares_.system : 0) + (who < For::root ? shares_.root : 0) +
               (who < For::user ? shares_.programs : 0);
    }

    /// One frame with one reference; its content is undefined. Errors: no_memory.
    Result<Frame> allocate(For who);
    /// Up to `wanted` frames that follow each other, each with one reference; at least one. Errors: no_memory.
    Result<Run> allocate_run(For who, std::uint32_t wanted);
    /// Exactly `count` frames that follow each other, all below `limit`, from the top down so that low memory stays
    /// in one piece. Errors: no_memory.
    Result<Frame> allocate_contiguous(For who, std::uint32_t count, Frame limit);

    /// A frame that the kernel gives back, whether it came from here or was never known here: it is free now.
    void take_over(Frame frame);
    /// A frame that belongs to the kernel for good counts one reference of the kernel. False: not a frame of this
    /// table.
    bool pin(Frame frame);

    void add_reference(Frame frame) { ++count(frame); }
    /// Drops a reference; the last one frees the frame.
    void release(Frame frame);
    std::uint32_t references(Frame frame) const { return count(frame); }

    std::uint32_t total() const { return total_; }
    std::uint32_t free() const { return free_; }

private:
    static constexpr std::uint32_t words(std::uint32_t frames) { return (frames + 63) / 64; }
    bool may_take(For who, std::uint32_t count) const { return free_ >= count && free_ - count >= kept_from(who); }
    std::uint64_t *free_bits() const { return table_.as<std::uint64_t>(); }
    std::uint32_t &count(Frame frame) const { return table_.as<std::uint32_t>(counts_at_)[frame]; }
    bool is_free(Frame frame) const { return (free_bits()[frame / 64] >> (frame % 64) & 1) != 0; }
    void take(Frame frame);

    sys::Region table_;  // the bits, and from counts_at_ on the counts
    std::uint64_t counts_at_ = 0;
    std::uint32_t frame_count_ = 0, total_ = 0, free_ = 0;
    Shares shares_;
    std::uint32_t hint_ = 0;  // no free frame lies in a word before this one
};

}  // namespace axo::vm
