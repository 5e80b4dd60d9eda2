// Function names of a service, from the `.axo.symbols` section that tools/symbol_table.py adds to its image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace axo::rs {

/// What lies in the image is not trusted: everything is checked against its size.
class Symbols {
public:
    explicit Symbols(std::span<const std::byte> image);

    /// The function that contains the address; empty: not known.
    std::string_view name_of(std::uint64_t address) const;

private:
    struct Entry {
        std::uint32_t offset, name;
    };

    Entry entry(std::uint32_t index) const;

    std::span<const std::byte> table_;  // count, entries, names
    std::uint32_t count_ = 0;
};

}  // namespace axo::rs
