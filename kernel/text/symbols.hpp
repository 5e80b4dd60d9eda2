// Function names of the kernel image, put there after linking by tools/embed_symbols.py.
#pragma once

#include <cstddef>
#include <cstdint>

namespace axo::kernel {

struct Symbol {
    const char *name;      // "?" where the table has none
    std::uint64_t offset;  // of the address from the function's start
};

/// The table: this, then `count` entries in ascending order, then the names, each with its NUL.
struct SymbolTable {
    static constexpr std::uint64_t expected_magic = 0x736d'7973'6f78'61;  // "axosyms"
    struct Entry {
        std::uint32_t address;  // minus the start of the kernel's part of the address space
        std::uint32_t name;     // offset into the names
    };
    std::uint64_t magic;
    std::uint32_t count, name_bytes;

    const Entry *entries() const { return reinterpret_cast<const Entry *>(this + 1); }
    const char *names() const { return reinterpret_cast<const char *>(entries() + count); }
    /// Null table, wrong magic: every symbol is "?".
    static Symbol find(const SymbolTable *table, std::uint64_t address);
};

}  // namespace axo::kernel
