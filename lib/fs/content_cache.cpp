// Lists and bits of the content cache. A page is in the clean list, in the dirty list, or in neither while parts of it
// are under way. A free page is in the clean list, in front.
#include "lib/fs/content_cache.hpp"

namespace axo::fs {

Status ContentCache::attach(std::size_t count, std::uint32_t block_shift) {
    block_shift_ = block_shift;
    parts_shift_ = page_shift - block_shift;
    pool_.set_limit(count);
    TRY(pages_.resize(count));
    for (std::size_t i = 0; i < count; ++i) {
        const auto frame = pool_.allocate();
        if (!frame) {
            detach();
            return Error::no_memory;
        }
        pages_[static_cast<std::uint32_t>(*frame)].number = static_cast<std::uint32_t>(*frame);
    }
    for (ContentPage &page : pages_) {
        page.clean_listed = true;
        clean_.push_back(page);
    }
    return {};
}

void ContentCache::detach() {
    pages_.clear();
    pool_.clear();
    clean_ = dirty_ = {};
    used_ = dirty_count_ = writing_count_ = 0;
    want_ = {};
}

ContentPiece ContentCache::find(FileContent &file, std::uint64_t logical) {
    const Frame frame = file.pages.find(logical >> parts_shift_);
    const auto part = static_cast<std::uint8_t>(part_of(logical));
    return {frame == Frame::none ? nullptr : &pages_[static_cast<std::uint32_t>(frame)], part};
}

void ContentCache::touch(ContentPage &page) {
    if (page.epoch == epoch_) return;
    page.epoch = epoch_;
    if (!page.clean_listed || clean_.last() == &page) return;
    clean_.remove(page);
    clean_.push_back(page);
}

void ContentCache::leave_clean(ContentPage &page) {
    if (!page.clean_listed) return;
    page.clean_listed = false;
    clean_.remove(page);
}

/// Something ended: the page may be clean, or even free.
void ContentCache::settle(ContentPage &page) {
    if ((page.valid | page.reading | page.writing) == 0) return release(page);
    if ((page.dirty | page.reading | page.writing) != 0 || page.clean_listed) return;
    page.clean_listed = true;
    clean_.push_back(page);
}

/// It holds nothing, and nothing is under way: the first to be taken.
void ContentCache::release(ContentPage &page) {
    leave_clean(page);
    if (page.file != nullptr) {
        page.file->pages.remove(page.index, page.index + 1, heap_, [](Frame) {});
        page.file = nullptr;
        --used_;
    }
    page.valid = page.doomed = 0;
    page.epoch = 0;
    page.clean_listed = true;
    clean_.push_front(page);
}

/// A page that is clean or free and that this attempt did not touch, free now.
ContentPage *ContentCache::evict() {
    for (ContentPage *page = clean_.first(); page != nullptr; page = page->next) {
        if (page->epoch == epoch_) continue;
        if (page->file != nullptr) release(*page);
        return page;
    }
    return nullptr;
}

Result<ContentPage *> ContentCache::page_for(FileContent &file, std::uint64_t index) {
    const Frame known = file.pages.find(index);
    if (known != Frame::none) {
        ContentPage &page = pages_[static_cast<std::uint32_t>(known)];
        touch(page);
        return &page;
    }
    ContentPage *const page = evict();
    if (page == nullptr) {
        want_room();
        return Error::absent;
    }
    if (!file.pages.put(index, static_cast<Frame>(page->number), heap_)) return Error::no_memory;
    page->file = &file;
    page->index = index;
    ++used_;
    touch(*page);
    return page;
}

std::byte *ContentCache::peek(FileContent &file, std::uint64_t logical) {
    const ContentPiece piece = find(file, logical);
    if (piece.page == nullptr || (piece.page->valid & piece.bit()) == 0) return nullptr;
    touch(*piece.page);
    return memory(piece);
}

std::byte *ContentCache::peek_to_change(FileContent &file, std::uint64_t logical) {
    const ContentPiece piece = find(file, logical);
    if (piece.page == nullptr || (piece.page->valid & piece.bit()) == 0) return nullptr;
    touch(*piece.page);
    mark_dirty(*piece.page, piece.bit());
    return memory(piece);
}

Result<std::byte *> ContentCache::fresh(FileContent &file, std::uint64_t logical, std::uint32_t block) {
    const ContentPiece piece{TRY(page_for(file, logical >> parts_shift_)), static_cast<std::uint8_t>(part_of(logical))};
    ContentPage &page = *piece.page;
    if ((page.reading & piece.bit()) != 0) {
        want_blocks(file, logical, block, 1);  // a read-ahead is writing into it
        return Error::absent;
    }
    page.block[piece.part] = block;
    page.valid |= piece.bit();
    page.doomed &= static_cast<std::uint8_t>(~piece.bit());
    mark_dirty(page, piece.bit());
    return memory(piece);
}

void ContentCache::mark_dirty(ContentPage &page, std::uint8_t bits) {
    if (page.dirty == 0) {
        leave_clean(page);
        page.dirty_since = ++changes_;
        dirty_.push_back(page);
        ++dirty_count_;
    }
    page.dirty |= bits;
}

void ContentCache::mark_clean(ContentPage &page, std::uint8_t bits) {
    if (page.dirty == 0) return;
    page.dirty &= static_cast<std::uint8_t>(~bits);
    if (page.dirty != 0) return;
    dirty_.remove(page);
    --dirty_count_;
}

/// What was not written keeps its age, so that a flush that began before does not pass over it.
void ContentCache::mark_dirty_again(ContentPage &page, std::uint8_t bit) {
    mark_dirty(page, bit);
    if (page.written_since >= page.dirty_since) return;
    dirty_.remove(page);
    page.dirty_since = page.written_since;
    dirty_.insert_by_age(page);
}

void ContentCache::forget(ContentPage &page, std::uint8_t bits) {
    page.doomed |= bits & (page.reading | page.writing);
    page.valid &= static_cast<std::uint8_t>(~bits);
    mark_clean(page, bits);
    settle(page);
}

void ContentCache::forget(FileContent &file, std::uint64_t logical) {
    const ContentPiece piece = find(file, logical);
    if (piece.page != nullptr) forget(*piece.page, piece.bit());
}

void ContentCache::forget_all(FileContent &file) {
    for (ContentPage &page : pages_)
        if (page.file == &file) forget(page, 0xff);
}

void ContentCache::drop(FileContent &file) {
    file.pages.remove(0, ~std::uint64_t{0}, heap_, [this](Frame frame) {
        ContentPage &page = pages_[static_cast<std::uint32_t>(frame)];
        page.file = nullptr;
        --used_;
        mark_clean(page, 0xff);
        release(page);
    });
}

bool ContentCache::in_flight(FileContent &file, std::uint64_t logical) {
    const ContentPiece piece = find(file, logical);
    return piece.page != nullptr && ((piece.page->reading | piece.page->writing) & piece.bit()) != 0;
}

unsigned ContentCache::begin_read(const ContentWant &want, std::span<ContentPiece> out) {
    begin_epoch();
    unsigned count = 0;
    while (count < out.size() && count < want.count) {
        const std::uint64_t logical = want.logical + count;
        const auto page = page_for(*want.file, logical >> parts_shift_);
        if (!page) break;
        const ContentPiece piece{*page, static_cast<std::uint8_t>(part_of(logical))};
        if (((piece.page->valid | piece.page->reading | piece.page->writing) & piece.bit()) != 0) break;
        leave_clean(*piece.page);
        piece.page->reading |= piece.bit();
        piece.page->block[piece.part] = want.block + count;
        out[count++] = piece;
    }
    return count;
}

void ContentCache::end_read(std::span<const ContentPiece> pieces, bool ok) {
    for (const ContentPiece &piece : pieces) {
        ContentPage &page = *piece.page;
        page.reading &= static_cast<std::uint8_t>(~piece.bit());
        if (ok && (page.doomed & piece.bit()) == 0) page.valid |= piece.bit();
        page.doomed &= static_cast<std::uint8_t>(~piece.bit());
        settle(page);
    }
}

ContentPiece ContentCache::oldest_writable(InFlight &busy) {
    for (ContentPage *page = dirty_.first(); page != nullptr; page = page->next)
        for (std::uint8_t part = 0; part < 1u << parts_shift_; ++part)
            if (writable({page, part}, busy)) return {page, part};
    return {nullptr, 0};
}

ContentPiece ContentCache::neighbour(const ContentPiece &piece, int step, InFlight &busy) {
    constexpr ContentPiece none{nullptr, 0};
    const std::uint64_t logical = (piece.page->index << parts_shift_) + piece.part;
    if (step < 0 && logical == 0) return none;
    const ContentPiece next = find(*piece.page->file, logical + static_cast<std::uint64_t>(step));
    if (next.page == nullptr || !writable(next, busy)) return none;
    return next.block() == piece.block() + static_cast<std::uint32_t>(step) ? next : none;
}

unsigned ContentCache::begin_write(std::span<ContentPiece> out, InFlight &busy) {
    ContentPiece piece = oldest_writable(busy);
    if (piece.page == nullptr) return 0;
    for (std::size_t back = 1; back < out.size(); ++back) {
        const ContentPiece before = neighbour(piece, -1, busy);
        if (before.page == nullptr) break;
        piece = before;
    }
    unsigned count = 0;
    while (piece.page != nullptr && count < out.size()) {
        ContentPage &page = *piece.page;
        const ContentPiece after = neighbour(piece, 1, busy);
        if (page.writing == 0 || page.dirty_since < page.written_since) page.written_since = page.dirty_since;
        mark_clean(page, piece.bit());
        page.writing |= piece.bit();
        ++writing_count_;
        out[count++] = piece;
        piece = after;
    }
    return count;
}

void ContentCache::end_write(std::span<const ContentPiece> pieces, bool ok) {
    for (const ContentPiece &piece : pieces) {
        ContentPage &page = *piece.page;
        page.writing &= static_cast<std::uint8_t>(~piece.bit());
        --writing_count_;
        if ((page.doomed & piece.bit()) != 0)
            page.doomed &= static_cast<std::uint8_t>(~piece.bit());
        else if (!ok)
            mark_dirty_again(page, piece.bit());
        settle(page);
    }
}

}  // namespace axo::fs
