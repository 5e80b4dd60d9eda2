// See heap_faults.hpp.
#include "test/host/fake/heap_faults.hpp"

#include <random>

#include "lib/base/heap.hpp"

namespace axo {
// The two ends of the linker's --wrap. A member function takes its object as the first argument.
Result<void *> real_allocate(Heap *heap, std::size_t bytes, std::size_t align) asm("__real__ZN3axo4Heap8allocateEmm");
Result<void *> wrapped_allocate(Heap *heap, std::size_t bytes,
                                std::size_t align) asm("__wrap__ZN3axo4Heap8allocateEmm");
}  // namespace axo

namespace axo::fake {

namespace {

std::uint64_t one_in = 0, remaining = ~std::uint64_t{0}, failed = 0;
unsigned pauses = 0;
std::mt19937_64 generator;

bool fails_now() {
    if (pauses != 0) return false;
    if (remaining != ~std::uint64_t{0} && remaining-- == 0) {
        remaining = ~std::uint64_t{0};
        return true;
    }
    return one_in != 0 && generator() % one_in == 0;
}

}  // namespace

void HeapFaults::fail_one_in(std::uint64_t n, std::uint64_t seed) {
    one_in = n;
    remaining = ~std::uint64_t{0};
    generator.seed(seed);
}
void HeapFaults::fail_after(std::uint64_t n) { remaining = n; }
std::uint64_t HeapFaults::count() { return failed; }
HeapFaults::Pause::Pause() { ++pauses; }
HeapFaults::Pause::~Pause() { --pauses; }

}  // namespace axo::fake

namespace axo {

Result<void *> wrapped_allocate(Heap *heap, std::size_t bytes, std::size_t align) {
    if (fake::fails_now()) [[unlikely]] {
        ++fake::failed;
        return Error::no_memory;
    }
    return real_allocate(heap, bytes, align);
}

}  // namespace axo
