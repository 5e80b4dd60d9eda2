// Hashing of keys: any plain value without padding, and text.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace axo {

constexpr std::uint64_t mix_hash(std::uint64_t value) {
    value *= 0x9e37'79b9'7f4a'7c15;
    return value ^ value >> 32;
}

std::uint64_t hash_bytes(const void *data, std::size_t bytes);

/// Specialise for further key types; lookups may use any type that hashes and compares like the key.
template <typename T>
struct Hash {
    static_assert(std::has_unique_object_representations_v<T>, "a key must not have padding");
    static std::uint64_t of(const T &key) {
        if constexpr (sizeof(T) <= 8) {
            std::uint64_t value = 0;
            std::memcpy(&value, &key, sizeof key);
            return mix_hash(value);
        } else {
            return hash_bytes(&key, sizeof key);
        }
    }
};

template <>
struct Hash<std::string_view> {
    static std::uint64_t of(std::string_view key) { return hash_bytes(key.data(), key.size()); }
};

}  // namespace axo
