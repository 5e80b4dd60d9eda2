// Hashing of longer keys, eight bytes at a time.
#include "lib/base/hash.hpp"

namespace axo {

std::uint64_t hash_bytes(const void *data, std::size_t bytes) {
    const char *text = static_cast<const char *>(data);
    std::uint64_t hash = mix_hash(bytes);
    for (; bytes >= 8; text += 8, bytes -= 8) {
        std::uint64_t word;
        std::memcpy(&word, text, 8);
        hash = mix_hash(hash ^ word);
    }
    if (bytes != 0) {
        std::uint64_t word = 0;
        std::memcpy(&word, text, bytes);
        hash = mix_hash(hash ^ word);
    }
    return hash;
}

}  // namespace axo
