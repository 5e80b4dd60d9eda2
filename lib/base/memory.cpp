// The memory functions that the compiler calls and that freestanding code may use. Each iteration of
// `rep movsq` is one instruction for eight bytes, so the string instructions do the bulk and one
// overlapping unaligned access does the rest. The kernel links its own copy of this file.
#include <cstddef>
#include <cstdint>

namespace {

template <typename T>
struct [[gnu::packed, gnu::may_alias]] Unaligned {
    T value;
};

template <typename T>
T load(const void *from) {
    return static_cast<const Unaligned<T> *>(from)->value;
}
template <typename T>
void store(void *to, T value) {
    static_cast<Unaligned<T> *>(to)->value = value;
}

char *at(void *base, std::size_t offset) { return static_cast<char *>(base) + offset; }
const char *at(const void *base, std::size_t offset) { return static_cast<const char *>(base) + offset; }

// Both ends are read before anything is written, so overlap does no harm.
void move_short(void *to, const void *from, std::size_t bytes) {
    if (bytes >= 4) {
        const auto first = load<std::uint32_t>(from), last = load<std::uint32_t>(at(from, bytes - 4));
        store(to, first);
        store(at(to, bytes - 4), last);
    } else if (bytes >= 2) {
        const auto first = load<std::uint16_t>(from), last = load<std::uint16_t>(at(from, bytes - 2));
        store(to, first);
        store(at(to, bytes - 2), last);
    } else if (bytes == 1) {
        *static_cast<char *>(to) = *static_cast<const char *>(from);
    }
}

}  // namespace

extern "C" {

void *memcpy(void *to, const void *from, std::size_t bytes);
void *memmove(void *to, const void *from, std::size_t bytes);
void *memset(void *to, int value, std::size_t bytes);
int memcmp(const void *a, const void *b, std::size_t bytes);
void *memchr(const void *text, int value, std::size_t bytes);
std::size_t strlen(const char *text);

void *memcpy(void *to, const void *from, std::size_t bytes) {
    if (bytes < 8) {
        move_short(to, from, bytes);
        return to;
    }
    const auto last = load<std::uint64_t>(at(from, bytes - 8));
    void *target = to;
    std::size_t words = bytes / 8;
    asm volatile("rep movsq" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
    store(at(to, bytes - 8), last);
    return to;
}

void *memmove(void *to, const void *from, std::size_t bytes) {
    const auto distance = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    if (distance >= bytes) return memcpy(to, from, bytes);  // forwards is safe
    if (bytes < 8) {
        move_short(to, from, bytes);
        return to;
    }
    const auto first = load<std::uint64_t>(from);
    void *target = at(to, bytes - 8);
    const void *source = at(from, bytes - 8);
    std::size_t words = bytes / 8;
    asm volatile("std; rep movsq; cld" : "+D"(target), "+S"(source), "+c"(words) : : "memory");
    store(to, first);
    return to;
}

void *memset(void *to, int value, std::size_t bytes) {
    const std::uint64_t pattern = static_cast<std::uint8_t>(value) * std::uint64_t{0x0101'0101'0101'0101};
    if (bytes < 8) {
        for (std::size_t i = 0; i < bytes; ++i) *static_cast<volatile char *>(at(to, i)) = static_cast<char>(value);
        return to;
    }
    void *target = to;
    std::size_t words = bytes / 8;
    asm volatile("rep stosq" : "+D"(target), "+c"(words) : "a"(pattern) : "memory");
    store(at(to, bytes - 8), pattern);
    return to;
}

int memcmp(const void *a, const void *b, std::size_t bytes) {
    std::size_t i = 0;
    while (i + 8 <= bytes && load<std::uint64_t>(at(a, i)) == load<std::uint64_t>(at(b, i))) i += 8;
    for (; i < bytes; ++i) {
        const int left = static_cast<std::uint8_t>(*at(a, i)), right = static_cast<std::uint8_t>(*at(b, i));
        if (left != right) return left - right;
    }
    return 0;
}

void *memchr(const void *text, int value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
        if (*at(text, i) == static_cast<char>(value)) return const_cast<char *>(at(text, i));
    }
    return nullptr;
}

std::size_t strlen(const char *text) {
    const char *end = text;
    std::size_t left = ~std::size_t{0};
    asm volatile("repne scasb" : "+D"(end), "+c"(left) : "a"(0) : "memory", "cc");
    return static_cast<std::size_t>(end - text) - 1;
}
}
