// A priority queue whose links lie in its members: O(1) insertion, cheap removal of any member.
// Used for deadlines. Neither the queue nor a queued element may be moved.
#pragma once

#include <bit>
#include <cstddef>

#include "lib/base/assert.hpp"

namespace axo {

class PairingNode {
public:
    PairingNode() = default;
    PairingNode(const PairingNode &) = delete;
    PairingNode &operator=(const PairingNode &) = delete;
    bool queued() const { return back_ != nullptr; }

private:
    template <typename T, PairingNode T::*member>
    friend class PairingHeap;

    PairingNode *child_ = nullptr, *sibling_ = nullptr;
    PairingNode *back_ = nullptr;  // previous sibling, or the parent of the first child; itself at the root
};

/// T has `bool before(const T &) const`.
template <typename T, PairingNode T::*member>
class PairingHeap {
public:
    bool empty() const { return root_ == nullptr; }
    T *first() { return root_ == nullptr ? nullptr : owner(root_); }

    /// Empties the queue without touching its members, whose memory is already gone.
    void forget() { root_ = nullptr; }

    void insert(T &item) {
        PairingNode *node = &(item.*member);
        ensure(!node->queued());
        node->child_ = node->sibling_ = nullptr;
        set_root(meld(root_, node));
    }

    void remove(T &item) {
        PairingNode *node = &(item.*member);
        ensure(node->queued());
        PairingNode *rest = merge_pairs(node->child_);
        if (node == root_) {
            set_root(rest);
        } else {
            detach(node);
            set_root(meld(root_, rest));
        }
        node->child_ = node->sibling_ = node->back_ = nullptr;
    }

private:
    static T *owner(PairingNode *node) {
        return reinterpret_cast<T *>(reinterpret_cast<std::byte *>(node) - std::bit_cast<std::ptrdiff_t>(member));
    }

    void set_root(PairingNode *node) {
        root_ = node;
        if (node != nullptr) node->back_ = node;
    }

    static void detach(PairingNode *node) {
        if (node->back_->child_ == node)
            node->back_->child_ = node->sibling_;
        else
            node->back_->sibling_ = node->sibling_;
        if (node->sibling_ != nullptr) node->sibling_->back_ = node->back_;
        node->sibling_ = nullptr;
    }

    // Both are roots without siblings; on a tie the one that was there first stays on top.
    static PairingNode *meld(PairingNode *a, PairingNode *b) {
        if (a == nullptr) return b;
        if (b == nullptr) return a;
        if (owner(b)->before(*owner(a))) {
            PairingNode *swapped = a;
            a = b;
            b = swapped;
        }
        b->sibling_ = a->child_;
        if (b->sibling_ != nullptr) b->sibling_->back_ = b;
        b->back_ = a;
        a->child_ = b;
        return a;
    }

    static PairingNode *merge_pairs(PairingNode *list) {
        PairingNode *pairs = nullptr;  // melded pairs, last first, linked by sibling_
        while (list != nullptr) {
            PairingNode *a = list, *b = a->sibling_;
            list = b == nullptr ? nullptr : b->sibling_;
            a->sibling_ = nullptr;
            if (b != nullptr) b->sibling_ = nullptr;
            PairingNode *pair = meld(a, b);
            pair->sibling_ = pairs;
            pairs = pair;
        }
        PairingNode *result = nullptr;
        while (pairs != nullptr) {
            PairingNode *next = pairs->sibling_;
            pairs->sibling_ = nullptr;
            result = meld(result, pairs);
            pairs = next;
        }
        return result;
    }

    PairingNode *root_ = nullptr;
};

}  // namespace axo
