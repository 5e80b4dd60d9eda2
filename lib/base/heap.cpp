// The heap: exact lists for small chunks, lists by power of two with merging for the rest.
#include "lib/base/heap.hpp"

#include <bit>
#include <cstring>

#include "lib/base/assert.hpp"

namespace axo {

namespace {

constexpr std::size_t max_request = std::size_t{1} << 46;

constexpr std::size_t round_up(std::size_t value, std::size_t to) { return (value + to - 1) & ~(to - 1); }
unsigned large_list(std::size_t size) { return 63u - static_cast<unsigned>(std::countl_zero(size)); }

}  // namespace

std::size_t Heap::chunk_size(std::size_t bytes) {
    const std::size_t size = round_up(bytes, alignment) + header_bytes;
    return size < min_chunk ? min_chunk : size;
}
Heap::Chunk *Heap::chunk_of(void *payload) {
    return reinterpret_cast<Chunk *>(static_cast<std::byte *>(payload) - header_bytes);
}
Heap::Chunk *Heap::after(Chunk *chunk) {
    return reinterpret_cast<Chunk *>(reinterpret_cast<std::byte *>(chunk) + chunk->size());
}
Heap::Chunk *Heap::before(Chunk *chunk) {
    return reinterpret_cast<Chunk *>(reinterpret_cast<std::byte *>(chunk) - chunk->previous_size);
}

void Heap::adopt(void *start, std::size_t bytes, Area area) {
    bytes &= ~(alignment - 1);
    ensure(bytes >= min_chunk + header_bytes);
    area_ = area;
    total_bytes_ = bytes;
    auto *first = static_cast<Chunk *>(start);
    first->size_and_used = bytes - header_bytes;
    first->previous_size = 0;
    end_ = after(first);
    end_->size_and_used = 1;
    end_->previous_size = first->size();
    insert(first);
}

Result<void *> Heap::allocate(std::size_t bytes, std::size_t align) {
    if (align > alignment) [[unlikely]]
        return allocate_aligned(bytes, align);
    if (bytes > max_request) return Error::no_memory;
    const std::size_t size = chunk_size(bytes);
    Chunk *chunk = nullptr;
    if (size <= small_limit && small_[size / 16] != nullptr) {
        chunk = small_[size / 16];
        small_[size / 16] = chunk->next;
        small_bytes_ -= size;
    } else {
        chunk = take(size);
        if (chunk == nullptr) return Error::no_memory;
    }
    return hand_out(chunk);
}

// Takes too much, then gives back the piece before the aligned address.
Result<void *> Heap::allocate_aligned(std::size_t bytes, std::size_t align) {
    if (bytes > max_request || align > max_request) return Error::no_memory;
    const std::size_t size = chunk_size(bytes);
    Chunk *chunk = take(size + align + min_chunk);
    if (chunk == nullptr) return Error::no_memory;
    const auto payload = reinterpret_cast<std::uintptr_t>(chunk) + header_bytes;
    std::size_t skip = round_up(payload, align) - payload;
    if (skip != 0 && skip < min_chunk) skip += align;
    if (skip != 0) {
        Chunk *front = chunk;
        chunk = split(front, skip);
        chunk->size_and_used |= 1;
        release(front);
    }
    if (chunk->size() >= size + min_chunk) release(split(chunk, size));
    return hand_out(chunk);
}

// What lay there before would stay in the padding of the object that comes. With the bytes of the object's own fields
// it may look like an address in the arena, and a live update would change the word, the fields with it.
void *Heap::hand_out(Chunk *chunk) {
    used_bytes_ += chunk->size();
    ++used_blocks_;
    auto *payload = reinterpret_cast<std::byte *>(chunk) + header_bytes;
    if (area_ == Area::arena) std::memset(payload, 0, chunk->size() - header_bytes);
    return payload;
}

void Heap::free(void *pointer) {
    if (pointer == nullptr) return;
    Chunk *chunk = chunk_of(pointer);
    ensure(chunk->used() && used_blocks_ != 0);
    const std::size_t size = chunk->size();
    used_bytes_ -= size;
    --used_blocks_;
    if (size > small_limit) return release(chunk);
    chunk->next = small_[size / 16];
    small_[size / 16] = chunk;
    small_bytes_ += size;
}

// A used chunk of at least `size`, cut to it where the rest is worth keeping; null: no memory.
Heap::Chunk *Heap::take(std::size_t size) {
    Chunk *chunk = search(size);
    if (chunk == nullptr && small_bytes_ != 0) {
        merge_small();
        chunk = search(size);
    }
    if (chunk == nullptr) {
        if (!extend(size)) return nullptr;
        chunk = search(size);
        if (chunk == nullptr) return nullptr;
    }
    remove(chunk);
    chunk->size_and_used |= 1;
    if (chunk->size() >= size + min_chunk) insert(split(chunk, size));
    return chunk;
}

Heap::Chunk *Heap::search(std::size_t size) {
    const unsigned list = large_list(size);
    for (Chunk *chunk = large_[list]; chunk != nullptr; chunk = chunk->next) {
        if (chunk->size() >= size) return chunk;
    }
    const std::uint64_t larger = large_present_ & ~((std::uint64_t{2} << list) - 1);
    return larger == 0 ? nullptr : large_[static_cast<std::size_t>(std::countr_zero(larger))];
}

// Cuts a chunk to `size` and returns the rest, unused and on no list. The used bit of `chunk` stays.
Heap::Chunk *Heap::split(Chunk *chunk, std::size_t size) {
    const std::size_t rest_size = chunk->size() - size;
    chunk->size_and_used = size | (chunk->size_and_used & 1);
    Chunk *rest = after(chunk);
    rest->size_and_used = rest_size;
    rest->previous_size = size;
    after(rest)->previous_size = rest_size;
    return rest;
}

void Heap::insert(Chunk *chunk) {
    chunk->size_and_used &= ~std::size_t{1};
    const unsigned list = large_list(chunk->size());
    chunk->previous = nullptr;
    chunk->next = large_[list];
    if (chunk->next != nullptr) chunk->next->previous = chunk;
    large_[list] = chunk;
    large_present_ |= std::uint64_t{1} << list;
}

void Heap::remove(Chunk *chunk) {
    const unsigned list = large_list(chunk->size());
    if (chunk->previous != nullptr)
        chunk->previous->next = chunk->next;
    else
        large_[list] = chunk->next;
    if (chunk->next != nullptr) chunk->next->previous = chunk->previous;
    if (large_[list] == nullptr) large_present_ &= ~(std::uint64_t{1} << list);
}

// Frees a chunk for everybody: merged with free neighbours.
void Heap::release(Chunk *chunk) {
    Chunk *next = after(chunk);
    if (!next->used()) {
        remove(next);
        chunk->size_and_used = chunk->size() + next->size();
        after(chunk)->previous_size = chunk->size();
    }
    if (chunk->previous_size != 0) {
        Chunk *previous = before(chunk);
        if (!previous->used()) {
            remove(previous);
            previous->size_and_used = previous->size() + chunk->size();
            after(previous)->previous_size = previous->size();
            chunk = previous;
        }
    }
    insert(chunk);
}

void Heap::merge_small() {
    for (Chunk *&list : small_) {
        while (Chunk *chunk = list) {
            list = chunk->next;
            release(chunk);
        }
    }
    small_bytes_ = 0;
}

// The old end mark becomes the header of the new memory.
Status Heap::extend(std::size_t bytes) {
    if (area_ == Area::fixed) return Error::no_memory;
    const std::size_t added = TRY(grow_heap(area_, bytes + min_chunk)) & ~(alignment - 1);
    ensure(added >= bytes);
    total_bytes_ += added;
    Chunk *chunk = end_;
    chunk->size_and_used = added | 1;
    end_ = after(chunk);
    end_->size_and_used = 1;
    end_->previous_size = added;
    release(chunk);
    return {};
}

}  // namespace axo
