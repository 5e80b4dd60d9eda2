// Live update: two services change places, and the new one takes what the old one has.
#include <array>

#include "lib/base/hash.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vm/load/handover.hpp"
#include "servers/vm/requests/requests.hpp"

namespace axo::vm {

/// Slots first, as the kernel's refusal must leave everything as it was; then the spaces, with masks, follow their
/// contents. What page table belongs to which endpoint the kernel has exchanged already. The same again takes it back.
void RequestHandlers::serve(Endpoint, const RsUpdate &request, Reply<RsUpdate> reply) {
    ProcessRecord *source = context_.processes.find(request.source);
    ProcessRecord *destination = context_.processes.find(request.destination);
    const bool sound = source != nullptr && destination != nullptr && source != destination &&
                       source->space != nullptr && destination->space != nullptr;
    if (!sound) return reply.fail(Error::invalid);
    if (const Status updated = sys::update(request.source, request.destination); !updated)
        return reply.fail(updated.error());
    std::swap(source->space, destination->space);
    std::swap(source->calls, destination->calls);
    source->space->owner = source->endpoint;
    destination->space->owner = destination->endpoint;
    const bool taken_back =
        source->update_peer == destination->endpoint && destination->update_peer == source->endpoint;
    source->update_peer = taken_back ? endpoint::none : destination->endpoint;
    destination->update_peer = taken_back ? endpoint::none : source->endpoint;
    reply.ok();
}

/// Only between the two of an update: nobody else can ask for another's memory.
void RequestHandlers::serve(Endpoint caller, const ArenaShare &request, Reply<ArenaShare> reply) {
    const ProcessRecord *own = context_.processes.find(caller), *old = context_.processes.find(request.from);
    const bool sound = caller == request.to && own != nullptr && old != nullptr && own != old &&
                       own->update_peer == request.from && own->space != nullptr && old->space != nullptr;
    if (!sound) return reply.fail(Error::invalid);
    Handover handover(context_, *old->space, *own->space);
    const Region *arena = old->space->regions.find(old->space->arena);
    if (arena == nullptr) return reply.fail(Error::invalid);
    Status status = Error::invalid;
    switch (request.mode) {
        case ArenaMode::copy: status = handover.copy_arena(); break;
        case ArenaMode::beside: status = handover.arena_beside(); break;
        case ArenaMode::done: status = handover.forget_old_arena(); break;
    }
    if (status && request.mode != ArenaMode::done) status = handover.share_regions();
    if (!status) return reply.fail(status.error());
    reply.ok({.address = VirtAddr{arena->start}, .bytes = arena->end - arena->start});
}

/// Page by page, so that it needs no memory. Every page is there: services are resident.
void RequestHandlers::serve(Endpoint, const ArenaDigest &request, Reply<ArenaDigest> reply) {
    Space *space = context_.processes.space_of(request.process);
    const Region *arena = space == nullptr ? nullptr : space->regions.find(space->arena);
    if (arena == nullptr || !space->is_system()) return reply.fail(Error::invalid);
    std::uint64_t digest = 0;
    for (std::uint64_t page = arena->first_page(); page < arena->end_page(); ++page) {
        if (space->pages.find(page) == 0) return reply.fail(Error::not_supported);
        std::array<std::byte, page_size> content;
        const VirtAddr from{page << page_shift};
        const Status read = sys::copy_from_process(request.process, from, content.data(), content.size());
        if (!read) return reply.fail(read.error());
        digest = mix_hash(digest ^ hash_bytes(content.data(), content.size()));
    }
    reply.ok({.digest = digest, .bytes = arena->end - arena->start});
}

}  // namespace axo::vm
