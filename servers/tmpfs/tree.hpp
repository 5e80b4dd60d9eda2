// All nodes and names of one tmpfs: found by number and by (directory, name).
#pragma once

#include "servers/tmpfs/node.hpp"

namespace axo::tmpfs {

class Tree {
public:
    explicit Tree(Heap &heap) : heap_(heap), pool_(heap), nodes_(heap), entries_(heap) {}
    ~Tree() { clear(); }
    Tree(const Tree &) = delete;
    Tree &operator=(const Tree &) = delete;

    /// An empty tree with a root directory of this mode. Errors: no_memory.
    Status create_root(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid, std::size_t page_limit);
    void clear();
    bool mounted() const { return root_ != nullptr; }
    Node *root() const { return root_; }

    /// Errors: invalid (no such number, or nobody holds it).
    Result<Node *> held(std::uint64_t number) const;
    Entry *find(const Node &directory, std::string_view name) const;

    /// Without a name yet. Errors: no_space.
    Result<Node *> make_node(std::uint32_t mode, std::uint32_t uid, std::uint32_t gid);
    /// Adds a name; link counts are the caller's. Errors: no_space.
    Status add(Node &directory, std::string_view name, Node &node);
    void remove(Entry &entry);
    void hold(Node &node) {
        if (node.holds++ == 0) ++held_count_;
    }
    /// Gives holds back; a node without names goes with the last.
    void release(Node &node, std::uint64_t count);
    std::size_t held_nodes() const { return held_count_; }
    /// A page of the node that there may be none of yet: zeros then. Errors: no_space.
    Result<std::byte *> place_page(Node &node, std::uint64_t index);
    /// Null: a hole.
    std::byte *find_page(const Node &node, std::uint64_t index) const {
        const fs::Frame frame = node.pages.find(index);
        return frame == fs::Frame::none ? nullptr : pool_.memory(frame);
    }
    /// Frees every page from `first` on.
    void cut_pages(Node &node, std::uint64_t first);
    /// When neither names nor holds are left.
    void free_if_unused(Node &node);

    Heap &heap() { return heap_; }
    fs::FramePool &pool() { return pool_; }
    std::uint64_t node_limit() const { return node_limit_; }
    std::uint64_t node_count() const { return node_count_; }
    void set_now(fs::LinuxTime now) { now_ = now; }
    fs::LinuxTime now() const { return now_; }

private:
    static constexpr std::size_t node_slots = 1024, entry_slots = 4096;
    static std::uint64_t hash_of(const Node &directory, std::string_view name);
    void free(Node &node);

    Heap &heap_;
    fs::FramePool pool_;
    Vector<Node *> nodes_;
    Vector<Entry *> entries_;
    Node *root_ = nullptr;
    std::uint64_t next_number_ = 1, node_count_ = 0, node_limit_ = 0;
    std::size_t held_count_ = 0;
    fs::LinuxTime now_{};
};

}  // namespace axo::tmpfs
