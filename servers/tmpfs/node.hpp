// Files, directories and everything else that has an inode number, and the names that lead there.
#pragma once

#include <string_view>

#include "lib/fs/file_pages.hpp"
#include "lib/fs/linux_stat.hpp"
#include "lib/fs/mode.hpp"

namespace axo::tmpfs {

struct Node;

/// One name in a directory. The characters follow the structure.
struct Entry {
    Node *directory;
    Node *node;
    std::uint64_t position;  // d_off of the entry; grows, never reused
    std::uint64_t hash;
    Entry *hash_next = nullptr;
    Entry *previous = nullptr, *next = nullptr;  // in the directory, by position
    std::size_t name_bytes = 0;

    char *text() { return reinterpret_cast<char *>(this + 1); }
    std::string_view name() const { return {reinterpret_cast<const char *>(this + 1), name_bytes}; }
};

struct Node {
    std::uint64_t number = 0;
    std::uint32_t mode = 0, uid = 0, gid = 0, links = 0, device = 0;
    bool mount_point = false;
    std::uint64_t size = 0;
    std::uint64_t holds = 0;
    fs::LinuxTime access{}, modify{}, change{};
    fs::FilePages pages;     // regular files
    char *target = nullptr;  // symbolic links
    Node *parent = nullptr;  // directories: "..", the root is its own
    Entry *first = nullptr, *last = nullptr;
    Entry *resume = nullptr;          // where a reader of the directory stopped, or null
    std::uint64_t next_position = 2;  // 0 is ".", 1 is ".."
    Node *hash_next = nullptr;

    bool is_directory() const { return fs::mode::is_directory(mode); }
    bool is_regular() const { return fs::mode::is_regular(mode); }
    bool is_symlink() const { return fs::mode::is_symlink(mode); }
};

}  // namespace axo::tmpfs
