#include "test/fuzz/mutator.hpp"

namespace fuzz {

namespace {
constexpr std::uint64_t limits[] = {0,
                                    1,
                                    2,
                                    7,
                                    8,
                                    63,
                                    64,
                                    127,
                                    128,
                                    255,
                                    256,
                                    511,
                                    512,
                                    4095,
                                    4096,
                                    0x7fff,
                                    0x8000,
                                    0xffff,
                                    0x1'0000,
                                    0x7fff'ffff,
                                    0x8000'0000,
                                    0xffff'ffff,
                                    0x1'0000'0000,
                                    0x7fff'ffff'ffff'ffff,
                                    0x8000'0000'0000'0000,
                                    ~std::uint64_t{0}};
}

Bytes Mutator::mutate(const Bytes &from, const Bytes &other, std::span<const std::uint64_t> compared) {
    Bytes bytes = from;
    for (std::size_t changes = 1 + below(1 + below(8)); changes > 0; --changes) change(bytes, other, compared);
    if (bytes.size() > max_bytes) bytes.resize(max_bytes);
    return bytes;
}

void Mutator::change(Bytes &bytes, const Bytes &other, std::span<const std::uint64_t> compared) {
    if (bytes.empty()) return insert_random(bytes);
    switch (below(9)) {
        case 0: bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1u << below(8)); break;
        case 1: bytes[below(bytes.size())] = static_cast<std::uint8_t>(random_()); break;
        case 2: bytes[below(bytes.size())] += static_cast<std::uint8_t>(below(2) == 0 ? 1 : -1); break;
        case 3: overwrite(bytes, interesting()); break;
        case 4: overwrite(bytes, compared.empty() ? random_() : compared[below(compared.size())]); break;
        case 5: insert_random(bytes); break;
        case 6: remove_some(bytes); break;
        case 7: splice(bytes, other); break;
        default: repeat_some(bytes); break;
    }
}

std::uint64_t Mutator::interesting() { return limits[below(std::size(limits))] + below(3) - 1; }

/// As a number of 1, 2, 4 or 8 bytes at any place.
void Mutator::overwrite(Bytes &bytes, std::uint64_t value) {
    const std::size_t width = std::min(std::size_t{1} << below(4), bytes.size());
    std::memcpy(bytes.data() + below(bytes.size() - width + 1), &value, width);
}

void Mutator::insert_random(Bytes &bytes) {
    Bytes more(some(16));
    for (auto &byte : more) byte = static_cast<std::uint8_t>(random_());
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), more.begin(), more.end());
}

void Mutator::remove_some(Bytes &bytes) {
    const std::size_t count = some(bytes.size());
    const auto start = bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() - count + 1));
    bytes.erase(start, start + static_cast<std::ptrdiff_t>(count));
}

void Mutator::splice(Bytes &bytes, const Bytes &other) {
    const std::size_t count = some(other.size());
    const auto from = other.begin() + static_cast<std::ptrdiff_t>(below(other.size() - count + 1));
    const auto to = bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1));
    bytes.insert(to, from, from + static_cast<std::ptrdiff_t>(count));
}

void Mutator::repeat_some(Bytes &bytes) {
    const Bytes copy = bytes;
    splice(bytes, copy);
}

}  // namespace fuzz
