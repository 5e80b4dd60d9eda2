// A list through the members `previous` and `next` of its items, which may lie in a Vector: an item in no list has
// none.
#pragma once

namespace axo::fs {

template <class Item>
class ItemList {
public:
    bool empty() const { return first_ == nullptr; }
    Item *first() const { return first_; }
    Item *last() const { return last_; }
    void push_back(Item &item) {
        item.previous = last_;
        item.next = nullptr;
        (last_ != nullptr ? last_->next : first_) = &item;
        last_ = &item;
    }
    void push_front(Item &item) {
        item.previous = nullptr;
        item.next = first_;
        (first_ != nullptr ? first_->previous : last_) = &item;
        first_ = &item;
    }
    void insert_before(Item &position, Item &item) {
        item.previous = position.previous;
        item.next = &position;
        (position.previous != nullptr ? position.previous->next : first_) = &item;
        position.previous = &item;
    }
    void remove(Item &item) {
        (item.previous != nullptr ? item.previous->next : first_) = item.next;
        (item.next != nullptr ? item.next->previous : last_) = item.previous;
        item.previous = item.next = nullptr;
    }
    /// Into a list ordered by `dirty_since`, oldest first; new ones are mostly the youngest.
    void insert_by_age(Item &item) {
        Item *after = last_;
        while (after != nullptr && after->dirty_since > item.dirty_since) after = after->previous;
        if (after == nullptr)
            push_front(item);
        else if (after->next == nullptr)
            push_back(item);
        else
            insert_before(*after->next, item);
    }

private:
    Item *first_ = nullptr, *last_ = nullptr;
};

}  // namespace axo::fs
