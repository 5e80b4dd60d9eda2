// Files are made of values, one behind the other, and of pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "axo/types.hpp"

namespace axo::whole {

constexpr std::uint64_t page_down(std::uint64_t address) { return address & ~(page_size - 1); }
constexpr std::uint64_t page_up(std::uint64_t address) { return page_down(address + page_size - 1); }

template <typename T>
void append(std::vector<std::byte> &file, const T &value) {
    const auto *bytes = reinterpret_cast<const std::byte *>(&value);
    file.insert(file.end(), bytes, bytes + sizeof value);
}

}  // namespace axo::whole
