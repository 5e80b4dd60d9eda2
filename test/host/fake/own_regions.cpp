// lib/sys/region.cpp without VM: for tests of logic that no fake kernel is under. Named among a test's sources.
#include "test/host/fake/own_regions.hpp"

#include "lib/sys/region.hpp"

namespace axo {

fake::Regions &fake::own_regions() {
    static Regions regions;
    return regions;
}

namespace sys {

Result<Region> Region::allocate(std::uint64_t bytes, std::uint64_t) {
    return Region(TRY(fake::own_regions().allocate(bytes)).handle, bytes);
}

void Region::free() {
    if (!exists()) return;
    if (!fake::own_regions().free(handle())) std::abort();
    *this = Region{};
}

}  // namespace sys
}  // namespace axo
