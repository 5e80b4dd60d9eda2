// A doubly linked list whose links lie in its members: no allocation, removal without the list.
// Neither a list nor a linked element may be moved.
#pragma once

#include <bit>
#include <cstddef>

#include "lib/base/assert.hpp"

namespace axo {

class ListNode {
public:
    ListNode() = default;
    ListNode(const ListNode &) = delete;
    ListNode &operator=(const ListNode &) = delete;
    ~ListNode() { unlink(); }

    bool linked() const { return next_ != this; }
    void unlink() {
        next_->previous_ = previous_;
        previous_->next_ = next_;
        next_ = previous_ = this;
    }

private:
    template <typename T, ListNode T::*member>
    friend class IntrusiveList;

    void insert_before(ListNode &other) {
        ensure(!linked());
        next_ = &other;
        previous_ = other.previous_;
        previous_->next_ = this;
        other.previous_ = this;
    }

    ListNode *next_ = this, *previous_ = this;
};

template <typename T, ListNode T::*member>
class IntrusiveList {
public:
    class Iterator {
    public:
        explicit Iterator(ListNode *node) : node_(node) {}
        T &operator*() const { return *owner(node_); }
        T *operator->() const { return owner(node_); }
        Iterator &operator++() {
            node_ = node_->next_;
            return *this;
        }
        friend bool operator==(Iterator, Iterator) = default;

    private:
        ListNode *node_;
    };

    bool empty() const { return !head_.linked(); }
    void push_back(T &item) { (item.*member).insert_before(head_); }
    void push_front(T &item) { (item.*member).insert_before(*head_.next_); }
    static void insert_before(T &position, T &item) { (item.*member).insert_before(position.*member); }
    static void remove(T &item) { (item.*member).unlink(); }
    static bool linked(const T &item) { return (item.*member).linked(); }

    T *front() { return empty() ? nullptr : owner(head_.next_); }
    T *back() { return empty() ? nullptr : owner(head_.previous_); }
    T *next(T &item) { return at((item.*member).next_); }
    T *previous(T &item) { return at((item.*member).previous_); }

    /// Null when empty.
    T *pop_front() {
        T *item = front();
        if (item != nullptr) remove(*item);
        return item;
    }

    /// To remove while walking, take next(item) before removing item.
    Iterator begin() { return Iterator(head_.next_); }
    Iterator end() { return Iterator(&head_); }

    std::size_t count() {
        std::size_t items = 0;
        for (ListNode *node = head_.next_; node != &head_; node = node->next_) ++items;
        return items;
    }

    /// Empties the list without touching its members, whose memory is already gone.
    void forget() { head_.next_ = head_.previous_ = &head_; }

    /// Moves all of `other` behind what is here.
    void take_all(IntrusiveList &other) {
        while (T *item = other.pop_front()) push_back(*item);
    }

private:
    T *at(ListNode *node) { return node == &head_ ? nullptr : owner(node); }
    // A pointer to a data member is its offset (Itanium C++ ABI 2.3).
    static T *owner(ListNode *node) {
        return reinterpret_cast<T *>(reinterpret_cast<std::byte *>(node) - std::bit_cast<std::ptrdiff_t>(member));
    }

    ListNode head_;
};

}  // namespace axo
