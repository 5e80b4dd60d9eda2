// The pages are a shared object like any other, so that fork, munmap and exec need not know them.
#include "servers/vm/load/vdso.hpp"

#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"

#include <cstring>

namespace axo::vm {

Status Vdso::start(Memory &memory, OwnMemory &own) {
    if (vdso::vdso_image_bytes > page_size) return Error::too_big;
    object_ = TRY(memory.create_shared());
    object_->regions = 1;
    TRY(make_pages(memory, own));
    const MachineInfo machine = TRY(sys::machine_info());
    const Times times = TRY(sys::times());
    data().tsc_at_boot.store(machine.tsc_at_boot);
    data().factor.store(machine.tsc_hz != 0 ? vdso_factor(machine.tsc_hz) : 0);
    data().wall_clock_at_boot.store(times.boot_wall_clock.value);
    return {};
}

Status Vdso::make_pages(Memory &memory, OwnMemory &own) {
    sys::Region shown[page_count];
    for (std::uint64_t page = 0; page < page_count; ++page) {
        const Frame frame = TRY(memory.take_frame(For::system));
        memory.tables.zero(frame, 1);
        TRY(object_->pages.set(page, frame));
        shown[page] = TRY(own.keep(frame));
    }
    std::memcpy(shown[code_page].at(0), vdso::vdso_image, vdso::vdso_image_bytes);
    data_ = shown[data_page];
    return {};
}

Status Vdso::add_to(Space &space) {
    TRY(add_region(space, data_page, protection::read));
    return add_region(space, code_page, protection::read | protection::execute);
}

Status Vdso::add_region(Space &space, std::uint64_t page, std::uint8_t protection) {
    Region region{};
    region.start = layout::vdso_data + page * page_size;
    region.end = region.start + page_size;
    region.kind = RegionKind::shared;
    region.protection = protection;
    region.attributes = region_attribute::never_write | region_attribute::no_reserve;
    region.object = object_;
    region.object_page = page;
    ++object_->regions;
    TRY(space.add(region));
    const Frame frame = object_->pages.find(page);
    TRY(space.pages.reserve(region.first_page()));
    space.memory().frames.add_reference(frame);
    space.pages.put(region.first_page(), frame);
    return {};
}

/// Readers try again while the sequence is odd or has changed.
void Vdso::set_wall_clock(Nanoseconds at_boot) {
    const std::uint64_t sequence = data().sequence.load();
    data().sequence.store(sequence + 1);
    data().wall_clock_at_boot.release(at_boot.value);
    data().sequence.release(sequence + 2);
}

}  // namespace axo::vm
