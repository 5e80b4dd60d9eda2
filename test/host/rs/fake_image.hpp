// The least that RS looks at in a program file: an ELF header, and the section in which it says whose version it is.
#pragma once

#include <cstring>
#include <string_view>
#include <vector>

#include "lib/sef/schema.hpp"

namespace axo::rs::test {

/// A version of the service of that name, whose State has this schema; 0: it cannot be carried over.
inline std::vector<std::byte> service_image(std::string_view name, std::uint64_t schema) {
    std::vector<std::byte> image(0x400);
    const auto put = [&](std::size_t at, auto value) { std::memcpy(image.data() + at, &value, sizeof value); };
    put(0x28, std::uint64_t{0x100});  // section headers
    put(0x3c, std::uint16_t{2});      // how many, and which has the names
    put(0x3e, std::uint16_t{0});
    put(0x118, std::uint64_t{0x200});
    put(0x120, std::uint64_t{0x20});
    std::memcpy(image.data() + 0x201, ".axo.schema", 12);
    put(0x140, std::uint32_t{1});
    put(0x158, std::uint64_t{0x300});
    put(0x160, std::uint64_t{0x100});
    sef::Schema table{sef::Schema::expected_magic, schema, 8, 0, 0, {}};
    name.copy(table.name_text, sizeof table.name_text - 1);
    std::memcpy(image.data() + 0x300, &table, sizeof table);
    return image;
}

inline std::uint64_t name_hash(std::string_view name) { return Hash<std::string_view>::of(name); }

}  // namespace axo::rs::test
