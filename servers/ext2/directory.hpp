// Directories: linear lists of variable-length entries. Searches of big directories remember how
// far they came between two attempts, as long as the directory did not change.
#pragma once

#include <string_view>

#include "servers/ext2/volume.hpp"

namespace axo::ext2::directory {

inline constexpr std::uint64_t nowhere = ~std::uint64_t{0};

/// What a search found out so far. Kept over attempts; starts anew when the directory changed.
struct Search {
    std::uint64_t version = 0;
    std::uint64_t position = 0;     // searched up to here
    std::uint64_t room = nowhere;   // of an entry that has room for the new name, when asked for
    std::uint64_t entry = nowhere;  // of the entry found
    std::uint32_t inode = 0;        // 0: there is no such name
    bool done = false;
};

/// Looks for `name`; `search.inode` tells. With room_for != 0 also for a place for an entry of so
/// many bytes. Errors: absent, io (damaged directory).
Status find(Volume &volume, Inode &directory, std::string_view name, unsigned room_for, Search &search);

/// Adds a name that find (with room) did not find. Errors: absent, no_space, io, no_memory.
Status insert(Volume &volume, Transaction &transaction, Inode &directory, std::string_view name, const Inode &target,
              const Search &search);
/// Removes, or redirects, the entry that find found.
Status remove(Volume &volume, Transaction &transaction, Inode &directory, const Search &search);
Status redirect(Volume &volume, Transaction &transaction, Inode &directory, const Search &search, const Inode &target);

/// The first block of a new directory: "." and "..".
Status make_first_block(Volume &volume, Transaction &transaction, Inode &directory, std::uint32_t parent);
/// The inode of ".." / changes it.
Result<std::uint32_t> parent_of(Volume &volume, Inode &directory);
Status set_parent(Volume &volume, Transaction &transaction, Inode &directory, const Inode &parent);
/// Whether there is nothing but "." and "..". `search` keeps the place between attempts.
Result<bool> is_empty(Volume &volume, Inode &directory, Search &search);

/// One entry, checked. At the end inode and record_bytes are 0.
struct Entry {
    std::uint64_t position = 0;
    std::uint32_t inode = 0;
    std::uint32_t record_bytes = 0;
    std::uint8_t type = 0;
    std::string_view name;
};

/// A place in a directory, between two entries or, when entries were merged meanwhile, inside one:
/// then the next entry is the one behind it. `exact` only within one attempt.
struct Cursor {
    std::uint64_t position = 0;
    bool exact = false;
};
Result<Entry> next_entry(Volume &volume, Inode &directory, Cursor &cursor);

}  // namespace axo::ext2::directory
