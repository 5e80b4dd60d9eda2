// A growing first-in first-out queue over a named heap.
#pragma once

#include "lib/base/vector.hpp"

namespace axo {

template <typename T>
class Queue {
public:
    explicit Queue(Heap &heap = arena_heap()) : items_(heap) {}

    std::size_t size() const { return items_.size() - start_; }
    bool empty() const { return size() == 0; }
    T &front() { return items_[start_]; }
    T &operator[](std::size_t index) { return items_[start_ + index]; }

    /// Errors: no_memory.
    Status push(T item) {
        if (start_ > 16 && start_ * 2 > items_.size()) compact();
        return items_.push_back(std::move(item));
    }
    T pop() {
        T item = std::move(items_[start_++]);
        if (start_ == items_.size()) compact();
        return item;
    }
    template <typename F>
    void erase_if(F match) {
        for (std::size_t i = start_; i < items_.size();) {
            if (match(items_[i]))
                items_.erase(i);
            else
                ++i;
        }
    }
    void clear() {
        items_.clear();
        start_ = 0;
    }

private:
    void compact() {
        items_.erase(0, start_);
        start_ = 0;
    }

    Vector<T> items_;
    std::size_t start_ = 0;  // elements before it are moved-from
};

}  // namespace axo
