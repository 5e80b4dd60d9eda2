#include "lib/sys/region.hpp"

#include "lib/sys/log.hpp"
#include "lib/sys/vm.hpp"

namespace axo::sys {

Result<Region> Region::allocate(std::uint64_t bytes, std::uint64_t flags) {
    const vm::Region given = TRY(vm::allocate_region(bytes, flags));
    return Region(given.handle, bytes);
}

void Region::free() {
    if (!exists()) return;
    if (!vm::free_region(handle())) log("a region of %lu bytes could not be freed", static_cast<unsigned long>(bytes_));
    *this = Region{};
}

}  // namespace axo::sys
