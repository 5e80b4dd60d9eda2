// Copies that the address sanitizer does not look at: its own shadow, and constants with the red zones between them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace axo::whole {

inline void raw_copy(void *to, const void *from, std::size_t bytes) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}
inline void raw_zero(void *to, std::size_t bytes) {
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
}

}  // namespace axo::whole
