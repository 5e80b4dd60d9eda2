// A first-in first-out buffer of fixed capacity inside its object.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "lib/base/assert.hpp"

namespace axo {

template <typename T, std::size_t capacity_value>
class Ring {
public:
    static constexpr std::size_t capacity = capacity_value;

    std::size_t size() const { return count_; }
    std::size_t room() const { return capacity - count_; }
    bool empty() const { return count_ == 0; }
    bool full() const { return count_ == capacity; }

    /// False when full.
    bool push(T item) {
        if (full()) return false;
        items_[(start_ + count_++) % capacity] = item;
        return true;
    }
    T pop() {
        ensure(!empty());
        T item = items_[start_];
        drop(1);
        return item;
    }
    T &operator[](std::size_t index) {
        ensure(index < count_);
        return items_[(start_ + index) % capacity];
    }
    void drop(std::size_t items) {
        ensure(items <= count_);
        start_ = (start_ + items) % capacity;
        count_ -= items;
    }
    void drop_back(std::size_t items) {
        ensure(items <= count_);
        count_ -= items;
    }
    void clear() { start_ = count_ = 0; }

    /// As much as fits; returns how many.
    std::size_t write(std::span<const T> items) {
        const std::size_t wanted = std::min(items.size(), room());
        for (std::size_t done = 0; done < wanted;) {
            const std::span<T> part = free_part();
            const std::size_t step = std::min(part.size(), wanted - done);
            std::copy_n(items.data() + done, step, part.data());
            count_ += step;
            done += step;
        }
        return wanted;
    }
    std::size_t read(std::span<T> items) {
        const std::size_t wanted = std::min(items.size(), count_);
        for (std::size_t done = 0; done < wanted;) {
            const std::span<T> part = used_part();
            const std::size_t step = std::min(part.size(), wanted - done);
            std::copy_n(part.data(), step, items.data() + done);
            drop(step);
            done += step;
        }
        return wanted;
    }

    /// The first contiguous part of what is stored / of what is free, for copies by kernel call.
    std::span<T> used_part() { return {items_ + start_, std::min(count_, capacity - start_)}; }
    std::span<T> free_part() {
        const std::size_t from = (start_ + count_) % capacity;
        return {items_ + from, std::min(room(), capacity - from)};
    }
    void commit(std::size_t items) {
        ensure(items <= room());
        count_ += items;
    }

private:
    T items_[capacity]{};
    std::size_t start_ = 0, count_ = 0;
};

}  // namespace axo
