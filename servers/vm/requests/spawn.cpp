// Address spaces of services: those the kernel's loader made, and those RS starts.
#include "axo/layout.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vm/load/service_loader.hpp"
#include "servers/vm/requests/requests.hpp"

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

}  // namespace axo::vm
