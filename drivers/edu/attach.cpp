// See attach.hpp.
#include "drivers/edu/attach.hpp"

#include "drivers/edu/mapped.hpp"
#include "lib/pci/ask.hpp"
#include "lib/sys/vm.hpp"

namespace axo::edu {

namespace {

sef::Async<Result<std::uint32_t>> find_device() {
    for (std::uint32_t from = 0; from < pci::places;) {
        auto asking = pci::ask(pci::Next{from, 0});
        const auto next = co_await asking;
        if (!next) co_return next.error();
        if (next->vendor == vendor_id && next->device == device_id) co_return next->place;
        if (next->place < from) co_return Error::io;
        from = next->place + 1;
    }
    co_return Error::no_entry;
}

}  // namespace

sef::Async<Result<Attached>> attach_device() {
    auto finding = find_device();
    const auto place = co_await finding;
    if (!place) co_return place.error();
    auto reserving = pci::ask(pci::Reserve{*place, 0});
    const auto reserved = co_await reserving;
    if (!reserved) co_return reserved.error();
    auto describing = pci::ask(pci::Describe{*place, 0});
    const auto about = co_await describing;
    if (!about) co_return about.error();
    auto measuring = pci::ask(pci::DescribeBar{*place, 0});
    const auto bar = co_await measuring;
    if (!bar) co_return bar.error();
    if (bar->kind == pci::BarKind::io || bar->size < memory_bytes) co_return Error::io;
    const auto mapping = sys::vm::map_physical(PhysAddr{bar->address}, memory_bytes, sys::vm::Caching::uncached);
    if (!mapping) co_return mapping.error();
    co_return Attached{sys::Region(mapping->handle, memory_bytes), about->interrupt_line};
}

}  // namespace axo::edu
