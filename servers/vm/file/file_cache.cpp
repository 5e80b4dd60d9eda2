// The records of files with pages in memory, by name and by last use.
#include "servers/vm/file/file_cache.hpp"

#include "lib/base/owned.hpp"

namespace axo::vm {

CachedFile *FileCache::find(const FileId &id) {
    for (CachedFile *file = buckets_[bucket_of(id)]; file != nullptr; file = file->next_in_bucket)
        if (file->id == id) return file;
    return nullptr;
}

Result<CachedFile *> FileCache::open(const FileId &id, std::uint64_t size) {
    CachedFile *file = find(id);
    if (file == nullptr) {
        file = TRY(create<CachedFile>(heap_, heap_, id, size));
        CachedFile *&bucket = buckets_[bucket_of(id)];
        file->next_in_bucket = bucket;
        bucket = file;
        link_newest(*file);
    }
    file->size = size;
    ++file->holds;
    ++file->users;
    touch(*file);
    return file;
}

void FileCache::close(CachedFile &file) {
    --file.users;
    note_if_unused(file);
}

void FileCache::remove(CachedFile &file) {
    file.removed = true;
    note_if_unused(file);
}

void FileCache::note_if_unused(CachedFile &file) {
    if (file.removed && file.regions == 0 && file.users == 0) drop_pages(file, 0, ~0ull);
    if (!file.unused() || file.listed_unused) return;
    file.listed_unused = true;
    file.next_unused = unused_;
    unused_ = &file;
}

CachedFile *FileCache::take_unused() {
    while (unused_ != nullptr) {
        CachedFile &file = *unused_;
        unused_ = file.next_unused;
        file.listed_unused = false;
        if (file.unused()) return &file;  // it may have come to life again meanwhile
    }
    return nullptr;
}

void FileCache::forget(CachedFile &file) {
    CachedFile **link = &buckets_[bucket_of(file.id)];
    while (*link != &file) link = &(*link)->next_in_bucket;
    *link = file.next_in_bucket;
    unlink(file);
    destroy(heap_, &file);
}

Status FileCache::add_page(CachedFile &file, std::uint64_t page, Frame frame) {
    if (file.pages.find(page) != 0) {
        frames_.release(frame);
        return {};
    }
    if (Status added = file.pages.set(page, frame); !added) {
        frames_.release(frame);
        return added;
    }
    ++cached_pages_;
    return {};
}

void FileCache::drop_pages(CachedFile &file, std::uint64_t first, std::uint64_t end) {
    file.pages.remove_range(first, end, [&](std::uint64_t, Frame frame) {
        frames_.release(frame);
        --cached_pages_;
    });
}

void FileCache::drop(CachedFile &file, std::uint64_t first, std::uint64_t end) {
    drop_pages(file, first, end);
    ++file.version;
    file.size = CachedFile::unknown_size;
    note_if_unused(file);
}

std::uint32_t FileCache::reclaim(std::uint32_t count) {
    std::uint32_t freed = 0;
    for (CachedFile *file = oldest_; file != nullptr && freed < count; file = file->newer) {
        if (file->pages.count() == 0) continue;
        freed += reclaim_from(*file, count - freed);
        note_if_unused(*file);
    }
    return freed;
}

std::uint32_t FileCache::reclaim_from(CachedFile &file, std::uint32_t count) {
    std::uint64_t victims[32];
    std::uint32_t freed = 0, found = 0;
    do {
        found = 0;
        file.pages.for_each(0, ~0ull, [&](std::uint64_t page, Frame frame) {
            if (found < 32 && found < count - freed && frames_.references(frame) == 1) victims[found++] = page;
        });
        for (std::uint32_t i = 0; i < found; ++i) frames_.release(file.pages.remove(victims[i]));
        freed += found;
        cached_pages_ -= found;
    } while (found != 0 && freed < count);
    return freed;
}

void FileCache::touch(CachedFile &file) {
    if (newest_ == &file) return;
    unlink(file);
    link_newest(file);
}

void FileCache::link_newest(CachedFile &file) {
    file.older = newest_;
    file.newer = nullptr;
    if (newest_ != nullptr)
        newest_->newer = &file;
    else
        oldest_ = &file;
    newest_ = &file;
}

void FileCache::unlink(CachedFile &file) {
    if (file.newer != nullptr)
        file.newer->older = file.older;
    else
        newest_ = file.older;
    if (file.older != nullptr)
        file.older->newer = file.newer;
    else
        oldest_ = file.newer;
}

}  // namespace axo::vm
