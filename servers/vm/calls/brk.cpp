// brk: the heap region between the end of the program's data and the break. As in Linux a refusal is the old break.
#include "axo/layout.hpp"
#include "servers/vm/calls/user_calls.hpp"

namespace axo::vm {

namespace {
constexpr std::uint64_t page_up(std::uint64_t address) { return (address + page_size - 1) & ~(page_size - 1); }
}  // namespace

Result<std::uint64_t> UserCalls::brk(Space &space, const sef::UserCall &call) {
    const std::uint64_t wanted = call.argument(0), old = space.brk_end;
    if (wanted < space.brk_start || wanted >= layout::mmap_top) return old;
    const std::uint64_t old_top = page_up(old), new_top = page_up(wanted);
    if (new_top < old_top && !space.remove(new_top, old_top)) return old;
    if (new_top > old_top) {
        if (!space.regions.is_free(old_top, new_top)) return old;
        Region region{};
        region.start = old_top;
        region.end = new_top;
        region.kind = RegionKind::heap;
        region.protection = protection::read | protection::write;
        if (!space.add(region)) return old;
    }
    space.brk_end = wanted;
    return wanted;
}

}  // namespace axo::vm
