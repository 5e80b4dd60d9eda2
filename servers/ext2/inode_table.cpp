// The inodes in memory: found by number, loaded from their table block, kept for a while after
// the last hold is gone.
#include "lib/base/owned.hpp"
#include "servers/ext2/volume.hpp"

#include <algorithm>

namespace axo::ext2 {

Inode *Volume::find(std::uint32_t number) const {
    for (Inode *inode = inode_table_[number % inode_table_size]; inode != nullptr; inode = inode->hash_next)
        if (inode->number == number) return inode;
    return nullptr;
}

Result<Buffer *> Volume::table_block(std::uint32_t number, std::uint32_t &offset) {
    const std::uint32_t index = (number - 1) % geometry_.inodes_per_group;
    const std::uint64_t position = std::uint64_t{index} * geometry_.inode_size;
    offset = static_cast<std::uint32_t>(position & (geometry_.block_size - 1));
    const std::uint32_t block = group(geometry_.group_of_inode(number)).inode_table +
                                static_cast<std::uint32_t>(position >> geometry_.block_shift);
    return cache_.read(block, 4);
}

Result<Inode *> Volume::inode(std::uint32_t number) {
    if (number == 0 || number > geometry_.inodes) return Error::io;
    if (Inode *const known = find(number)) {
        use(*known);
        return known;
    }
    std::uint32_t offset = 0;
    Buffer *const buffer = TRY(table_block(number, offset));
    trim();
    Inode *const inode = TRY(create<Inode>(heap_));
    inode->number = number;
    inode->version = next_version();
    std::memcpy(&inode->disk, data(*buffer) + offset, std::min<std::size_t>(geometry_.inode_size, sizeof inode->disk));
    insert(*inode);
    return inode;
}

Result<Inode *> Volume::held(std::uint64_t number) {
    if (number == 0 || number > geometry_.inodes) return Error::invalid;
    Inode *const inode = find(static_cast<std::uint32_t>(number));
    if (inode == nullptr || inode->holds == 0) return Error::invalid;
    use(*inode);
    return inode;
}

Status Volume::modify(Transaction &transaction, Inode &inode) {
    if (geometry_.read_only) return Error::read_only;
    if (inode.changed) return {};
    inode.table = TRY(table_block(inode.number, inode.table_offset));
    return transaction.change(inode, std::min<std::uint32_t>(geometry_.inode_size, sizeof inode.disk));
}

void Volume::release(Inode &inode, std::uint64_t count) {
    if (inode.holds == 0) return;
    inode.holds -= std::min(count, inode.holds);
    if (inode.holds == 0) --held_count_;
}

void Volume::insert(Inode &inode) {
    inode.hash_next = inode_table_[inode.number % inode_table_size];
    inode_table_[inode.number % inode_table_size] = &inode;
    inode.epoch = epoch_;
    inode.previous = newest_;
    (newest_ != nullptr ? newest_->next : oldest_) = &inode;
    newest_ = &inode;
    ++inode_count_;
}

void Volume::use(Inode &inode) {
    inode.epoch = epoch_;
    if (newest_ == &inode) return;
    (inode.previous != nullptr ? inode.previous->next : oldest_) = inode.next;
    inode.next->previous = inode.previous;
    inode.previous = newest_;
    inode.next = nullptr;
    newest_->next = &inode;
    newest_ = &inode;
}

/// Inodes whose content is cached stay with it: there are no more of them than pages.
void Volume::trim() {
    constexpr unsigned looked_at = 8;  // held ones are passed over; the next call goes on
    Inode *candidate = oldest_;
    for (unsigned i = 0;
         i < looked_at && candidate != nullptr && inode_count_ - held_count_ > inodes_kept + content_.used(); ++i) {
        Inode &inode = *candidate;
        candidate = candidate->next;
        if (inode.epoch == epoch_) return;
        if (inode.holds != 0 || inode.mount_point || inode.content.pages.count() != 0)
            use(inode);
        else
            remove(inode);
    }
}

void Volume::remove(Inode &inode) {
    content_.drop(inode.content);
    Inode **link = &inode_table_[inode.number % inode_table_size];
    while (*link != &inode) link = &(*link)->hash_next;
    *link = inode.hash_next;
    (inode.previous != nullptr ? inode.previous->next : oldest_) = inode.next;
    (inode.next != nullptr ? inode.next->previous : newest_) = inode.previous;
    --inode_count_;
    destroy(heap_, &inode);
}

}  // namespace axo::ext2
