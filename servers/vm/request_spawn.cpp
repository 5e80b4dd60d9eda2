// Address spaces of services: those the kernel's loader made, those RS starts, and what a live update does with two.
#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vm/requests.hpp"
#include "servers/vm/service_loader.hpp"

namespace axo::vm {

namespace {
constexpr std::uint8_t read_write = protection::read | protection::write;
}

Status RequestHandlers::adopt_boot_services() {
    const BootDescription boot = TRY(sys::boot_description());
    for (std::uint32_t i = 0; i < boot.module_count; ++i) {
        const BootModule &module = boot.modules[i];
        if (module.role != BootRole::service || !module.endpoint.is_process()) continue;
        const ProcessRecord *known = context_.processes.find(module.endpoint);
        if (known == nullptr || known->space == nullptr) TRY(adopt(module.endpoint));
    }
    return {};
}

Status RequestHandlers::adopt(Endpoint service) {
    ProcessRecord *record = TRY(context_.processes.add(service));
    record->calls = default_calls(service);
    record->space = TRY(context_.processes.create_space(For::system));
    record->space->owner = service;
    adopt_pages(*record->space, layout::arena_a);
    adopt_pages(*record->space, layout::scratch);
    return {};
}

/// The pages that the loader mapped from `start` on. Some lie in the boot archive itself, so they are never given back:
/// one reference more than maps hold them.
void RequestHandlers::adopt_pages(Space &space, std::uint64_t start) {
    Region region{};
    region.start = region.end = start;
    region.kind = RegionKind::resident;
    region.protection = read_write;
    for (;; region.end += page_size) {
        const Result<std::uint64_t> entry = sys::query_page(space.owner, VirtAddr{region.end});
        if (!entry) break;
        const Frame frame = frame_of(PhysAddr{*entry});
        if (context_.memory.frames.pin(frame) && space.pages.set(region.end >> page_shift, frame))
            context_.memory.frames.add_reference(frame);
    }
    if (region.end > region.start) (void)space.add(region);
}

void RequestHandlers::serve(Endpoint caller, const Spawn &request, Reply<Spawn> reply) {
    const Result<ProcessRecord *> record = context_.processes.add(request.process);
    if (!record || (*record)->space != nullptr) return reply.fail(Error::invalid);
    ServiceLoader loader(context_);
    const Result<Spawn::Reply> loaded = loader.load(**record, caller, request);
    if (loaded && (*record)->calls == 0) (*record)->calls = default_calls(request.process);
    if (!loaded) context_.processes.remove(**record);
    reply.result(loaded);
}

/// Slots first, as the kernel's refusal must leave everything as it was; then the spaces, with masks, follow their
/// contents. What page table belongs to which endpoint the kernel has exchanged already.
void RequestHandlers::serve(Endpoint, const RsUpdate &request, Reply<RsUpdate> reply) {
    ProcessRecord *source = context_.processes.find(request.source);
    ProcessRecord *destination = context_.processes.find(request.destination);
    const bool sound = source != nullptr && destination != nullptr && source != destination &&
                       source->space != nullptr && destination->space != nullptr;
    if (!sound) return reply.fail(Error::invalid);
    if (const Status updated = sys::update(request.source, request.destination); !updated) return reply.fail(updated.error());
    std::swap(source->space, destination->space);
    std::swap(source->calls, destination->calls);
    source->space->owner = source->endpoint;
    destination->space->owner = destination->endpoint;
    reply.ok();
}

/// Both versions hold the old one's arena from now on; who writes a page first gets a copy.
void RequestHandlers::serve(Endpoint, const ArenaShare &request, Reply<ArenaShare> reply) {
    Space *from = context_.processes.space_of(request.from), *to = context_.processes.space_of(request.to);
    if (from == nullptr || to == nullptr || from == to) return reply.fail(Error::invalid);
    const Region *source = from->regions.find(layout::arena_a);
    Region *target = to->regions.find(layout::arena_a);
    if (source == nullptr || target == nullptr) return reply.fail(Error::invalid);
    const std::uint64_t first = source->first_page(), end = source->end_page();
    Status status{};
    for (std::uint64_t page = first; status && page < end; ++page) {
        status = to->pages.reserve(page);
        if (status && from->pages.find(page) == 0) status = Error::not_supported;  // a frame VM does not know
    }
    if (status) status = context_.memory.tables.clone(from->owner, to->owner, source->start, source->pages());
    if (!status) return reply.fail(status.error());
    if (target->end > source->end) to->drop_pages(source->end, target->end);
    from->pages.for_each(first, end, [&](std::uint64_t page, Frame frame) {
        context_.memory.frames.add_reference(frame);
        if (const Frame old = to->pages.find(page); old != 0) context_.memory.frames.release(old);
        to->pages.put(page, frame);
    });
    target->end = source->end;
    reply.ok({.address = VirtAddr{source->start}, .bytes = source->end - source->start});
}

}  // namespace axo::vm
