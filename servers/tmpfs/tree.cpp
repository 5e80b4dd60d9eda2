// Hash tables and lists of the tree.
#include "servers/tmpfs/tree.hpp"

#include <algorithm>
#include <cstring>

#include "lib/base/owned.hpp"

namespace axo::tmpfs {

Status Tree::create_root(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid, std::size_t page_limit) {
    TRY(nodes_.resize(node_slots));
    TRY(entries_.resize(entry_slots));
    pool_.set_limit(page_limit);
    node_limit_ = std::max<std::uint64_t>(page_limit, 64);
    root_ = TRY(make_node(fs::mode::directory | (mode & fs::mode::permissions), uid, gid));
    root_->parent = root_;
    root_->links = 2;
    hold(*root_);
    return {};
}

void Tree::clear() {
    for (auto &chain : entries_)
        while (chain != nullptr) remove(*chain);
    for (auto &chain : nodes_)
        while (chain != nullptr) free(*chain);
    pool_.clear();
    root_ = nullptr;
    held_count_ = 0;
}

Result<Node *> Tree::held(std::uint64_t number) const {
    if (nodes_.empty()) return Error::invalid;
    for (Node *node = nodes_[number % node_slots]; node != nullptr; node = node->hash_next)
        if (node->number == number && node->holds != 0) return node;
    return Error::invalid;
}

std::uint64_t Tree::hash_of(const Node &directory, std::string_view name) {
    std::uint64_t hash = directory.number * 0x9e37'79b9'7f4a'7c15;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
    return hash ^ hash >> 29;
}

Entry *Tree::find(const Node &directory, std::string_view name) const {
    const std::uint64_t hash = hash_of(directory, name);
    for (Entry *entry = entries_[hash % entry_slots]; entry != nullptr; entry = entry->hash_next)
        if (entry->hash == hash && entry->directory == &directory && entry->name() == name) return entry;
    return nullptr;
}

Result<Node *> Tree::make_node(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid) {
    if (node_count_ >= node_limit_) return Error::no_space;
    const auto made = create<Node>(heap_);
    if (!made) return Error::no_space;
    Node *const node = *made;
    node->number = next_number_++;
    node->mode = mode;
    node->uid = uid;
    node->gid = gid;
    node->access = node->modify = node->change = now_;
    node->hash_next = nodes_[node->number % node_slots];
    nodes_[node->number % node_slots] = node;
    ++node_count_;
    return node;
}

Status Tree::add(Node &directory, std::string_view name, Node &node) {
    const auto memory = heap_.allocate(sizeof(Entry) + name.size());
    if (!memory) return Error::no_space;
    auto *const entry = ::new (*memory) Entry{.directory = &directory,
                                              .node = &node,
                                              .position = directory.next_position++,
                                              .hash = hash_of(directory, name),
                                              .name_bytes = name.size()};
    std::memcpy(entry->text(), name.data(), name.size());
    Entry *&chain = entries_[entry->hash % entry_slots];
    entry->hash_next = chain;
    chain = entry;
    entry->previous = directory.last;
    (directory.last != nullptr ? directory.last->next : directory.first) = entry;
    directory.last = entry;
    return {};
}

void Tree::remove(Entry &entry) {
    Node &directory = *entry.directory;
    if (directory.resume == &entry) directory.resume = entry.next;
    Entry **link = &entries_[entry.hash % entry_slots];
    while (*link != &entry) link = &(*link)->hash_next;
    *link = entry.hash_next;
    (entry.previous != nullptr ? entry.previous->next : directory.first) = entry.next;
    (entry.next != nullptr ? entry.next->previous : directory.last) = entry.previous;
    heap_.free(&entry);
}

Result<std::byte *> Tree::place_page(Node &node, std::uint64_t index) {
    if (std::byte *const there = find_page(node, index)) return there;
    const fs::Frame frame = TRY(pool_.allocate());
    const Status put = node.pages.put(index, frame, heap_);
    if (!put) {
        pool_.free(frame);
        return put.error();
    }
    std::byte *const page = pool_.memory(frame);
    std::memset(page, 0, page_size);
    return page;
}

void Tree::cut_pages(Node &node, std::uint64_t first) {
    node.pages.remove(first, ~std::uint64_t{0}, heap_, [this](fs::Frame frame) { pool_.free(frame); });
}

void Tree::release(Node &node, std::uint64_t count) {
    node.holds -= std::min(count, node.holds);
    if (node.holds != 0) return;
    --held_count_;
    free_if_unused(node);
}

void Tree::free_if_unused(Node &node) {
    if (node.links == 0 && node.holds == 0) free(node);
}

void Tree::free(Node &node) {
    cut_pages(node, 0);
    heap_.free(node.target);
    Node **link = &nodes_[node.number % node_slots];
    while (*link != &node) link = &(*link)->hash_next;
    *link = node.hash_next;
    --node_count_;
    destroy(heap_, &node);
}

}  // namespace axo::tmpfs
