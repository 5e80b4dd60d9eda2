// File content of a file system with a device: pages by (file, index), in frames that VM can map, each of one or more
// blocks of the device. What is here, what is newer than the device, what is under way. Like the cache of metadata it
// does no I/O: an attempt that misses a block notes it as wanted and gives up; the service brings it in and the attempt
// is made again. A page that an attempt (an epoch) touched is not evicted before its end.
#pragma once

#include <span>

#include "lib/fs/file_pages.hpp"
#include "lib/fs/in_flight.hpp"
#include "lib/fs/item_list.hpp"

namespace axo::fs {

/// In the file system's record of a file, which must not go before its pages.
struct FileContent {
    FilePages pages;
};

struct ContentPage {
    static constexpr unsigned most_blocks = 4;

    FileContent *file = nullptr;  // null: a free page
    std::uint64_t index = 0;
    ContentPage *previous = nullptr, *next = nullptr;  // in the clean or the dirty list
    std::uint64_t dirty_since = 0;                     // number of the change that made it dirty
    std::uint64_t written_since = 0;                   // the same of the oldest that is on its way to the device
    std::uint32_t epoch = 0;
    std::uint32_t number = 0;               // of its frame
    std::uint32_t block[most_blocks] = {};  // where on the device its blocks lie
    // Bit n: its block n ...
    std::uint8_t valid = 0;    // holds the file's content
    std::uint8_t dirty = 0;    // is newer than the device
    std::uint8_t reading = 0;  // is on its way from the device
    std::uint8_t writing = 0;  // is on its way to the device
    std::uint8_t doomed = 0;   // was freed while under way: forget it afterwards
    bool clean_listed = false;
};

/// A block of a page.
struct ContentPiece {
    ContentPage *page;
    std::uint8_t part;
    std::uint8_t bit() const { return static_cast<std::uint8_t>(1u << part); }
    std::uint32_t block() const { return page->block[part]; }
};

/// What the last attempt lacked.
struct ContentWant {
    FileContent *file = nullptr;  // a block of it is to be read, or comes already
    std::uint64_t logical = 0;
    std::uint32_t block = 0, count = 0;  // on the device, with its successors in file and on device
    bool room = false;                   // dirty pages must be written first
    bool any() const { return file != nullptr || room; }
};

class ContentCache {
public:
    /// `changes` is shared with the other cache of the volume.
    ContentCache(Heap &heap, std::uint64_t &changes) : heap_(heap), pool_(heap), pages_(heap), changes_(changes) {}

    /// Frames for `count` pages. Errors: no_memory.
    Status attach(std::size_t count, std::uint32_t block_shift);
    /// Gives the frames back; no file has pages any more.
    void detach();

    void begin_epoch() {
        ++epoch_;
        want_ = {};
    }
    const ContentWant &want() const { return want_; }
    void want_room() { want_.room = true; }
    void want_blocks(FileContent &file, std::uint64_t logical, std::uint32_t block, std::uint32_t count) {
        want_ = {&file, logical, block, count, false};
    }

    // `logical` counts blocks of the file.
    /// The content of a block, or null: it is not here. Wants nothing.
    std::byte *peek(FileContent &file, std::uint64_t logical);
    /// The same, to be changed.
    std::byte *peek_to_change(FileContent &file, std::uint64_t logical);
    /// The place of a block, at `block` of the device, whose old content does not matter (the caller fills all of it):
    /// valid and dirty. Errors: absent (wait and try again), no_memory.
    Result<std::byte *> fresh(FileContent &file, std::uint64_t logical, std::uint32_t block);
    /// The block is free, or was never written: its content goes nowhere.
    void forget(FileContent &file, std::uint64_t logical);
    void forget_all(FileContent &file);
    /// Nothing of the file is under way; its pages are free, whatever they hold.
    void drop(FileContent &file);

    bool in_flight(FileContent &file, std::uint64_t logical);
    /// Takes pages for up to `out.size()` missing blocks of what is wanted; 0: busy or no room.
    unsigned begin_read(const ContentWant &want, std::span<ContentPiece> out);
    void end_read(std::span<const ContentPiece> pieces, bool ok);
    /// The oldest dirty block and its dirty neighbours, in a row in file and on the device.
    unsigned begin_write(std::span<ContentPiece> out, InFlight &busy);
    /// Not ok: they are as dirty as before, and as old.
    void end_write(std::span<const ContentPiece> pieces, bool ok);
    /// The number of the oldest change that is not on its way, or more than any.
    std::uint64_t oldest_dirty() const { return dirty_.empty() ? ~std::uint64_t{0} : dirty_.first()->dirty_since; }

    std::byte *memory(const ContentPiece &piece) const { return place(*piece.page, piece.part); }
    std::uint32_t block_size() const { return 1u << block_shift_; }
    std::size_t size() const { return pages_.size(); }
    std::size_t used() const { return used_; }
    std::size_t dirty_count() const { return dirty_count_; }
    std::size_t writing_count() const { return writing_count_; }
    bool crowded() const { return dirty_count_ + writing_count_ > pages_.size() / 2; }

private:
    std::byte *place(const ContentPage &page, unsigned part) const {
        return pool_.memory(static_cast<Frame>(page.number)) + (std::size_t{part} << block_shift_);
    }
    unsigned part_of(std::uint64_t logical) const {
        return static_cast<unsigned>(logical) & ((1u << parts_shift_) - 1);
    }
    ContentPiece find(FileContent &file, std::uint64_t logical);
    Result<ContentPage *> page_for(FileContent &file, std::uint64_t index);
    ContentPage *evict();
    void touch(ContentPage &page);
    void leave_clean(ContentPage &page);
    void settle(ContentPage &page);
    void release(ContentPage &page);
    void mark_dirty(ContentPage &page, std::uint8_t bits);
    void mark_clean(ContentPage &page, std::uint8_t bits);
    void mark_dirty_again(ContentPage &page, std::uint8_t bit);
    void forget(ContentPage &page, std::uint8_t bits);
    ContentPiece oldest_writable(InFlight &busy);
    /// The neighbour of a piece in file and on the device that can go to the device too; its page is null if there is
    /// none.
    ContentPiece neighbour(const ContentPiece &piece, int step, InFlight &busy);
    static bool writable(const ContentPiece &piece, InFlight &busy) {
        return (piece.page->dirty & ~piece.page->writing & piece.bit()) != 0 && !busy.touches(piece.block());
    }

    Heap &heap_;
    FramePool pool_;
    Vector<ContentPage> pages_;  // by number of the frame
    std::uint64_t &changes_;
    std::uint32_t block_shift_ = page_shift, parts_shift_ = 0;
    std::uint32_t epoch_ = 1;
    ItemList<ContentPage> clean_;  // least recently used first; free ones in front
    ItemList<ContentPage> dirty_;  // oldest first
    std::size_t used_ = 0, dirty_count_ = 0, writing_count_ = 0;
    ContentWant want_;
};

}  // namespace axo::fs
