// mmap and munmap: placing new ranges, from the top of the address space down unless the program says where.
#include "axo/layout.hpp"
#include "axo/vfs_protocol.hpp"
#include "lib/sef/request.hpp"
#include "servers/vm/calls/user_calls.hpp"

namespace axo::vm {

namespace {

namespace map {  // MAP_* of Linux
constexpr std::uint64_t shared = 0x01, is_private = 0x02, type_mask = 0x0f, shared_validate = 0x03, fixed = 0x10,
                        anonymous = 0x20, grows_down = 0x100, deny_write = 0x800, executable = 0x1000, locked = 0x2000,
                        no_reserve = 0x4000, populate = 0x8000, non_block = 0x10000, stack = 0x20000,
                        fixed_no_replace = 0x100000;
/// What has an effect here or rightly has none. `locked` and huge pages are refused: nothing would come of them.
constexpr std::uint64_t known = type_mask | fixed | anonymous | grows_down | deny_write | executable | no_reserve |
                                populate | non_block | stack | fixed_no_replace;
}  // namespace map

constexpr std::uint64_t lowest_placed = 0x1'0000'0000;

std::uint8_t attributes_of(std::uint64_t flags) {
    return static_cast<std::uint8_t>(((flags & map::no_reserve) != 0 ? region_attribute::no_reserve : 0) |
                                     ((flags & map::grows_down) != 0 ? region_attribute::grows_down : 0));
}

}  // namespace

Result<UserCalls::Mapping> UserCalls::check_mapping(const sef::UserCall &call) {
    const std::uint64_t address = call.argument(0), bytes = call.argument(1), prot = call.argument(2);
    const std::uint64_t flags = call.argument(3), offset = call.argument(5);
    const std::uint64_t type = flags & map::type_mask;
    if (bytes == 0 || (prot & ~std::uint64_t{protection::mask}) != 0) return Error::invalid;
    if (type != map::shared && type != map::is_private)
        return type == map::shared_validate ? Error::not_supported : Error::invalid;
    if ((flags & map::locked) != 0) return Error::again;
    if ((flags & ~map::known) != 0 || offset % page_size != 0) return Error::invalid;
    if (bytes > layout::mapping_end) return Error::no_memory;
    if (offset + bytes < offset) return Error::overflow;
    const bool fixed = (flags & (map::fixed | map::fixed_no_replace)) != 0;
    if (fixed && address % page_size != 0) return Error::invalid;
    const std::uint64_t whole = (bytes + page_size - 1) & ~(page_size - 1);
    return Mapping{address & ~(page_size - 1), whole, static_cast<std::uint8_t>(prot), flags, offset};
}

void UserCalls::mmap(sef::UserCall call) {
    const Result<Mapping> mapping = check_mapping(call);
    if (!mapping) return call.fail(mapping.error());
    if ((mapping->flags & map::anonymous) == 0) {
        (void)mmap_file(std::move(call), *mapping);
        return;
    }
    Space *space = context_.processes.space_of(call.process());
    call.result(map_anonymous(*space, *mapping));
}

Result<std::uint64_t> UserCalls::map_anonymous(Space &space, const Mapping &mapping) {
    Region region{};
    region.protection = mapping.protection;
    region.attributes = attributes_of(mapping.flags);
    region.kind = RegionKind::anonymous;
    if ((mapping.flags & map::type_mask) == map::shared) {
        region.kind = RegionKind::shared;
        region.object = TRY(context_.memory.create_shared());
        region.object->regions = 1;
    }
    return put(space, region, mapping);
}

/// Where the mapping goes. Errors: exists, no_memory, not_permitted (below what may ever be mapped).
Result<std::uint64_t> UserCalls::place(Space &space, const Mapping &mapping) {
    const std::uint64_t address = mapping.address, bytes = mapping.bytes;
    const bool fits =
        address >= layout::user_first && address < layout::mapping_end && bytes <= layout::mapping_end - address;
    if ((mapping.flags & (map::fixed | map::fixed_no_replace)) != 0) {
        if (!fits) return address < layout::user_first ? Error::not_permitted : Error::no_memory;
        const bool keeps = (mapping.flags & map::fixed_no_replace) != 0;
        if (keeps && !space.regions.is_free(address, address + bytes)) return Error::exists;
        return address;
    }
    if (address != 0 && fits && space.regions.is_free(address, address + bytes)) return address;
    return space.regions.find_gap(bytes, lowest_placed, layout::mmap_top);
}

/// Puts the region in; what a fixed mapping covers goes. Takes over the region's reference on its object.
Result<std::uint64_t> UserCalls::put(Space &space, Region region, const Mapping &mapping) {
    const Result<std::uint64_t> start = place(space, mapping);
    Status cleared{};
    if (start) cleared = space.remove(*start, *start + mapping.bytes);
    if (!start || !cleared) {
        if (region.object != nullptr) context_.memory.release_object(*region.object, region.kind);
        return start ? cleared.error() : start.error();
    }
    region.start = *start;
    region.end = *start + mapping.bytes;
    TRY(space.add(region));
    return *start;
}

sef::Task UserCalls::mmap_file(sef::UserCall call, Mapping mapping) {
    vfs::MapFile request{};
    request.process = call.process();
    request.descriptor = static_cast<std::int32_t>(call.argument(4));
    request.protection = mapping.protection;
    request.flags = static_cast<std::uint32_t>(mapping.flags);
    // A shared mapping is never written itself; later writes of others do not show in the pages it has (finding D3).
    const bool shared = (mapping.flags & map::type_mask) == map::shared;
    if (shared && (mapping.protection & protection::write) != 0) {
        call.fail(Error::no_device);
        co_return;
    }
    const auto held = co_await sef::request(endpoint::vfs, request);
    if (!held) {
        call.fail(held.error());
        co_return;
    }
    const Result<CachedFile *> file = context_.memory.files.open(held->file, held->size);
    if (!file) {
        call.fail(file.error());
        co_return;
    }
    Space *space = context_.processes.space_of(call.process());
    if (space == nullptr) {
        call.abandon();
    } else {
        Region region{};
        region.kind = RegionKind::file;
        region.protection = mapping.protection;
        region.attributes =
            static_cast<std::uint8_t>(attributes_of(mapping.flags) | (shared ? region_attribute::never_write : 0));
        region.object = *file;
        region.object_page = mapping.offset >> page_shift;
        ++region.object->regions;
        call.result(put(*space, region, mapping));
    }
    context_.memory.files.close(**file);
    context_.pager.release_unused();
}

Result<std::uint64_t> UserCalls::munmap(Space &space, const sef::UserCall &call) {
    if (call.argument(1) == 0) return Error::invalid;
    const Range gone = TRY(range(call.argument(0), call.argument(1), Error::invalid));
    TRY(space.remove(gone.start, gone.end));
    context_.pager.release_unused();
    return 0ull;
}

}  // namespace axo::vm
