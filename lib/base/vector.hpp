// A growing array over a named heap. Every growth is a Status; nothing throws.
#pragma once

#include <initializer_list>
#include <span>
#include <type_traits>

#include "lib/base/assert.hpp"
#include "lib/base/heap.hpp"

namespace axo {

template <typename T>
class Vector {
public:
    explicit Vector(Heap &heap = arena_heap()) : heap_(&heap) {}
    Vector(Vector &&other) noexcept { steal(other); }
    Vector &operator=(Vector &&other) noexcept {
        if (this != &other) {
            free_all();
            steal(other);
        }
        return *this;
    }
    ~Vector() { free_all(); }

    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    T *data() { return items_; }
    const T *data() const { return items_; }
    T *begin() { return items_; }
    T *end() { return items_ + size_; }
    const T *begin() const { return items_; }
    const T *end() const { return items_ + size_; }
    T &operator[](std::size_t index) {
        ensure(index < size_);
        return items_[index];
    }
    const T &operator[](std::size_t index) const {
        ensure(index < size_);
        return items_[index];
    }
    T &front() { return (*this)[0]; }
    T &back() { return (*this)[size_ - 1]; }
    const T &front() const { return (*this)[0]; }
    const T &back() const { return (*this)[size_ - 1]; }
    std::span<T> span() { return {items_, size_}; }
    std::span<const T> span() const { return {items_, size_}; }
    Heap &heap() const { return *heap_; }

    /// Room for `count` elements in all, so that adding up to there can not fail. Errors: no_memory.
    Status reserve(std::size_t count) {
        if (count <= capacity_) return {};
        return move_to(count);
    }

    /// Errors (of all that grow): no_memory; the vector is then unchanged.
    Status push_back(T value) {
        if (size_ == capacity_) [[unlikely]]
            TRY(grow(size_ + 1));
        ::new (items_ + size_) T(std::move(value));
        ++size_;
        return {};
    }

    template <typename... Arguments>
    Result<T *> emplace_back(Arguments &&...arguments) {
        if (size_ == capacity_) [[unlikely]]
            TRY(grow(size_ + 1));
        T *item = ::new (items_ + size_) T(std::forward<Arguments>(arguments)...);
        ++size_;
        return item;
    }

    Status append(std::span<const T> values) {
        if (size_ + values.size() > capacity_) TRY(grow(size_ + values.size()));
        for (const T &value : values) ::new (items_ + size_++) T(value);
        return {};
    }

    /// Puts `value` before position `index` (<= size()).
    Status insert(std::size_t index, T value) {
        ensure(index <= size_);
        if (Status grown = push_back(std::move(value)); !grown) return grown;
        for (std::size_t i = size_ - 1; i > index; --i) std::swap(items_[i], items_[i - 1]);
        return {};
    }

    /// New elements are value-initialised.
    Status resize(std::size_t count) {
        if (count > capacity_) TRY(grow(count));
        while (size_ < count) ::new (items_ + size_++) T();
        truncate(count);
        return {};
    }

    void pop_back() {
        ensure(size_ != 0);
        items_[--size_].~T();
    }
    T take_back() {
        T value = std::move(back());
        pop_back();
        return value;
    }
    void truncate(std::size_t count) {
        while (size_ > count) items_[--size_].~T();
    }
    void clear() { truncate(0); }

    /// Removes one element and keeps the order of the others.
    void erase(std::size_t index) { erase(index, 1); }
    void erase(std::size_t index, std::size_t count) {
        ensure(index <= size_ && count <= size_ - index);
        for (std::size_t i = index; i + count < size_; ++i) items_[i] = std::move(items_[i + count]);
        truncate(size_ - count);
    }
    /// Removes one element; the last takes its place.
    void swap_remove(std::size_t index) {
        ensure(index < size_);
        if (index + 1 != size_) items_[index] = std::move(items_[size_ - 1]);
        pop_back();
    }

private:
    static constexpr std::size_t max_bytes = std::size_t{1} << 46;

    Status grow(std::size_t needed) {
        std::size_t wanted = capacity_ + capacity_ / 2;
        if (wanted < 4) wanted = 4;
        return move_to(wanted < needed ? needed : wanted);
    }

    Status move_to(std::size_t capacity) {
        if (capacity > max_bytes / sizeof(T)) return Error::no_memory;
        void *memory = TRY(heap_->allocate(capacity * sizeof(T), alignof(T)));
        T *items = static_cast<T *>(memory);
        for (std::size_t i = 0; i < size_; ++i) {
            ::new (items + i) T(std::move(items_[i]));
            items_[i].~T();
        }
        heap_->free(items_);
        items_ = items;
        capacity_ = capacity;
        return {};
    }

    void steal(Vector &other) {
        heap_ = other.heap_;
        items_ = std::exchange(other.items_, nullptr);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
    }

    void free_all() {
        clear();
        heap_->free(items_);
        items_ = nullptr;
        capacity_ = 0;
    }

    Heap *heap_ = nullptr;
    T *items_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace axo
