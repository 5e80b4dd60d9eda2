// Page by page: bring the granter's page in, put its frame into the grantee's space.
#include "servers/vm/space/safe_maps.hpp"

#include "axo/layout.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::vm {

namespace {

Endpoint endpoint_in(std::uint64_t word) { return {static_cast<std::uint32_t>(word)}; }

/// The grantee's side: memory of its own that no device knows.
bool may_replace(Space &space, std::uint64_t address) {
    const Region *region = space.regions.find(address);
    return region != nullptr && region->kind == RegionKind::resident && !region->has(region_attribute::dma);
}

void answer(const Message &message, const Status &status) {
    sys::reply(message.source, encode_error(message.type, message.tag, to_wire(status)));
}

}  // namespace

sef::Task SafeMaps::map(Message message) {
    const Place grantee{endpoint_in(message.words[0]), message.words[1]};
    const Place granter{endpoint_in(message.words[3]), message.words[4]};
    const bool writable = (message.words[5] & fault_access::write) != 0;
    Work work{.grantee = grantee, .bytes = message.words[2], .node = {}};
    working_.push_back(work);
    Status status{};
    for (std::uint64_t done = 0; status && done < work.bytes; done += page_size) {
        auto showing =
            show({grantee.process, grantee.address + done}, {granter.process, granter.address + done}, writable);
        status = co_await showing;
        if (work.cancelled) status = Error::not_permitted;
        if (!status) part(grantee, done + page_size);  // what nobody notes could not be revoked
    }
    work.node.unlink();
    answer(message, status);
}

sef::Async<Status> SafeMaps::show(Place grantee, Place granter, bool writable) {
    auto bringing = bring_in(granter, writable);
    const Status present = co_await bringing;
    if (!present) co_return present;
    co_return share_page(grantee, granter, writable);
}

/// Makes the page present, and writable where it is to be written. A page that is both already stays the frame it is,
/// since others may share it too.
sef::Async<Status> SafeMaps::bring_in(Place granter, bool writable) {
    for (;;) {
        Space *space = context_.processes.space_of(granter.process);
        if (space == nullptr) co_return Error::fault;
        const Result<std::uint64_t> entry = sys::query_page(space->owner, VirtAddr{granter.address});
        if (entry && (!writable || (*entry & map_flag::write) != 0)) co_return Status{};
        AbsentPage missing{};
        const Access access{.write = writable, .execute = false};
        const Status status = context_.faults.resolve(*space, granter.address, access, endpoint::none, missing);
        if (status || status.error() != Error::absent) co_return status;
        auto reading = context_.pager.bring_in(missing);
        const Status read = co_await reading;
        if (!read) co_return read;
    }
}

Status SafeMaps::share_page(Place grantee, Place granter, bool writable) {
    Space *from = context_.processes.space_of(granter.process), *to = context_.processes.space_of(grantee.process);
    if (from == nullptr || to == nullptr || from == to) return Error::fault;
    if (!may_replace(*to, grantee.address)) return Error::invalid;
    const Frame frame = from->pages.find(granter.address >> page_shift);
    if (frame == 0) return Error::invalid;  // a device's, or one that VM does not know
    Memory &memory = context_.memory;
    const std::uint64_t page = grantee.address >> page_shift;
    TRY(to->pages.reserve(page));
    const MapRun run{VirtAddr{grantee.address}, frame_address(frame), 1, writable ? map_flag::write : 0u};
    TRY(memory.tables.map(to->owner, {&run, 1}));
    memory.frames.add_reference(frame);
    if (const Frame old = to->pages.find(page); old != 0) memory.frames.release(old);
    to->pages.put(page, frame);
    return {};
}

void SafeMaps::unmap(const Message &message) {
    const Place grantee{endpoint_in(message.words[0]), message.words[1]};
    cancel(grantee, message.words[2]);
    part(grantee, message.words[2]);
    // In a live update both versions have the mapping, and either may go on under the name.
    const ProcessRecord *record = context_.processes.find(grantee.process);
    const ProcessRecord *other = record == nullptr ? nullptr : context_.processes.find(record->update_peer);
    if (other != nullptr && other->update_peer == grantee.process)
        part({other->endpoint, grantee.address}, message.words[2]);
    answer(message, Status{});
}

void SafeMaps::cancel(const Place &grantee, std::uint64_t bytes) {
    for (Work &work : working_) {
        const bool meets = work.grantee.process == grantee.process && work.grantee.address < grantee.address + bytes &&
                           grantee.address < work.grantee.address + work.bytes;
        if (meets) work.cancelled = true;
    }
}

/// A grantee that is gone, or whose region is, has nothing left to part from.
void SafeMaps::part(const Place &grantee, std::uint64_t bytes) {
    Space *space = context_.processes.space_of(grantee.process);
    if (space == nullptr) return;
    for (std::uint64_t address = grantee.address; address < grantee.address + bytes; address += page_size)
        if (may_replace(*space, address) && space->pages.find(address >> page_shift) != 0)
            part_page(*space, address >> page_shift);
}

void SafeMaps::part_page(Space &space, std::uint64_t page) {
    Memory &memory = context_.memory;
    const Frame shared = space.pages.find(page);
    const Region *region = space.regions.find(page << page_shift);
    const Result<Frame> copy = memory.take_frame(space.who());
    Resolve request{};
    request.space = space.owner;
    request.flags = region != nullptr ? region->flags(true) : 0u;
    request.address = VirtAddr{page << page_shift};
    request.source = FrameSource::copy;
    request.copy_from = frame_address(shared);
    request.answer = endpoint::none;
    if (copy) request.frame = frame_address(*copy);
    if (copy && memory.tables.resolve(request)) {
        space.pages.put(page, *copy);
        memory.frames.release(shared);
        return;
    }
    if (copy) memory.frames.release(*copy);
    space.drop_pages(page << page_shift, (page + 1) << page_shift);
}

}  // namespace axo::vm
