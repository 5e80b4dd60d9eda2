// The compiler's hooks. This file itself is compiled without them.
#include "test/fuzz/coverage.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace fuzz::coverage {
namespace {

constexpr std::size_t map_size = 1 << 16;
constexpr std::size_t compared_size = 256;

std::uint8_t counts[map_size];
std::uint8_t seen[map_size];  // per edge, the powers of two that its count has had
std::uint16_t touched[map_size];
std::size_t touched_count = 0;
std::uintptr_t previous = 0;
std::uint64_t constants[compared_size];
std::size_t constant_count = 0;

/// Independent of where the program was loaded, so that a run can be repeated.
std::uintptr_t place_of(const void *address) {
    return reinterpret_cast<std::uintptr_t>(address) - reinterpret_cast<std::uintptr_t>(&found_new);
}

void note_constant(std::uint64_t value) {
    if (value <= 1 || constants[(constant_count + compared_size - 1) % compared_size] == value) return;
    constants[constant_count++ % compared_size] = value;
}

}  // namespace

void start() {
    for (std::size_t i = 0; i < touched_count; ++i) counts[touched[i]] = 0;
    touched_count = 0;
    previous = 0;
}

bool found_new() {
    bool found = false;
    for (std::size_t i = 0; i < touched_count; ++i) {
        const std::uint8_t bit = std::bit_floor(counts[touched[i]]);
        found |= (seen[touched[i]] & bit) == 0;
        seen[touched[i]] |= bit;
    }
    return found;
}

std::span<const std::uint64_t> compared() { return {constants, std::min(constant_count, compared_size)}; }

}  // namespace fuzz::coverage

namespace coverage = fuzz::coverage;

extern "C" {

void __sanitizer_cov_trace_pc() {
    const std::uintptr_t here = coverage::place_of(__builtin_return_address(0)) * 0x9e3779b97f4a7c15;
    const auto edge = static_cast<std::uint16_t>((here ^ (coverage::previous >> 1)) >> 40);
    coverage::previous = here;
    if (coverage::counts[edge] == 0) coverage::touched[coverage::touched_count++] = edge;
    if (coverage::counts[edge] != 0xff) ++coverage::counts[edge];
}

void __sanitizer_cov_trace_cmp1(std::uint8_t, std::uint8_t) {}
void __sanitizer_cov_trace_cmp2(std::uint16_t, std::uint16_t) {}
void __sanitizer_cov_trace_cmp4(std::uint32_t, std::uint32_t) {}
void __sanitizer_cov_trace_cmp8(std::uint64_t, std::uint64_t) {}
void __sanitizer_cov_trace_const_cmp1(std::uint8_t constant, std::uint8_t) { coverage::note_constant(constant); }
void __sanitizer_cov_trace_const_cmp2(std::uint16_t constant, std::uint16_t) { coverage::note_constant(constant); }
void __sanitizer_cov_trace_const_cmp4(std::uint32_t constant, std::uint32_t) { coverage::note_constant(constant); }
void __sanitizer_cov_trace_const_cmp8(std::uint64_t constant, std::uint64_t) { coverage::note_constant(constant); }
void __sanitizer_cov_trace_switch(std::uint64_t, void *cases) {
    const auto *table = static_cast<const std::uint64_t *>(cases);  // count, width in bits, values
    for (std::uint64_t i = 0; i < table[0]; ++i) coverage::note_constant(table[2 + i]);
}
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}

}  // extern "C"
