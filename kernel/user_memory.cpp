// Page walks and copies.
#include "kernel/user_memory.hpp"

#include "kernel/address_space.hpp"
#include "kernel/memory_wait.hpp"

#include <cstring>

namespace axo::kernel {
namespace {

constexpr std::uint64_t chunk_bytes = 64 * 1024;
constexpr unsigned max_ram_ranges = 64;

struct RamRange {
    std::uint64_t start, end;
};
RamRange ram_ranges[max_ram_ranges];
unsigned ram_range_count;

std::uint64_t left_in_page(VirtAddr address) { return page_size - address.value % page_size; }

std::uint64_t smallest(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    const std::uint64_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/// Ends one round of a long call: done, or to be run again from call_progress on.
Status end_of_chunk(Process &caller, std::uint64_t bytes) {
    if (caller.call_progress < bytes) return Error::restart_call;
    return {};
}

void advance(Process &caller, std::uint64_t bytes) {
    caller.call_progress += bytes;
    caller.vm_retries = 0;
}

}  // namespace

void note_ram(PhysAddr start, std::uint64_t bytes) {
    if (ram_range_count < max_ram_ranges) ram_ranges[ram_range_count++] = {start.value, start.value + bytes};
}

bool is_ram(PhysAddr frame) {
    for (unsigned i = 0; i < ram_range_count; ++i)
        if (frame.value >= ram_ranges[i].start && frame.value < ram_ranges[i].end) return true;
    return false;
}

Status check_user_range(VirtAddr address, std::uint64_t bytes) {
    if (bytes == 0) return {};  // touches nothing, wherever it points, as on Linux
    if (address.value < layout::user_first || address.value >= layout::user_end) return Error::fault;
    if (bytes > layout::user_end - address.value) return Error::fault;
    return {};
}

Result<std::byte *> locate(Process &caller, MemoryPlace place, std::uint64_t bytes, Access access) {
    if (place.process->space == nullptr) return Error::fault;
    const Result<Mapping> mapping = place.process->space->table().query(place.address);
    const bool usable = mapping && (access == Access::read || (mapping->flags & map_flag::write) != 0);
    if (!usable) return request_memory(caller, *place.process, place.address, bytes, access == Access::write);
    if (!is_ram(mapping->frame)) return Error::fault;
    return static_cast<std::byte *>(arch::ram(mapping->frame)) + place.address.value % page_size;
}

Status read_own(Process &caller, VirtAddr from, void *to, std::size_t bytes) {
    return read_foreign(caller, {&caller, from}, to, bytes);
}

Status read_foreign(Process &caller, MemoryPlace from, void *to, std::size_t bytes) {
    const Status in_range = check_user_range(from.address, bytes);
    if (!in_range) return in_range;
    auto *target = static_cast<std::byte *>(to);
    for (std::size_t done = 0; done < bytes;) {
        const VirtAddr at = from.address.offset(done);
        const std::byte *source = TRY(locate(caller, {from.process, at}, bytes - done, Access::read));
        const std::uint64_t part = smallest(bytes - done, left_in_page(at), bytes);
        std::memcpy(target + done, source, part);
        done += part;
    }
    return {};
}

Status write_own(Process &caller, VirtAddr to, const void *from, std::size_t bytes) {
    const Status in_range = check_user_range(to, bytes);
    if (!in_range) return in_range;
    const auto *source = static_cast<const std::byte *>(from);
    for (std::size_t done = 0; done < bytes;) {
        const VirtAddr at = to.offset(done);
        std::byte *target = TRY(locate(caller, {&caller, at}, bytes - done, Access::write));
        const std::uint64_t part = smallest(bytes - done, left_in_page(at), bytes);
        std::memcpy(target, source + done, part);
        done += part;
    }
    return {};
}

Status copy_memory(Process &caller, MemoryPlace from, MemoryPlace to, std::uint64_t bytes) {
    for (const MemoryPlace &place : {from, to}) {
        const Status in_range = check_user_range(place.address, bytes);
        if (!in_range) return in_range;
    }
    for (std::uint64_t done = 0; done < chunk_bytes && caller.call_progress < bytes;) {
        const std::uint64_t left = bytes - caller.call_progress;
        const VirtAddr source_at = from.address.offset(caller.call_progress);
        const VirtAddr target_at = to.address.offset(caller.call_progress);
        const std::byte *source = TRY(locate(caller, {from.process, source_at}, left, Access::read));
        std::byte *target = TRY(locate(caller, {to.process, target_at}, left, Access::write));
        const std::uint64_t part = smallest(left, left_in_page(source_at), left_in_page(target_at));
        std::memmove(target, source, part);
        advance(caller, part);
        done += part;
    }
    return end_of_chunk(caller, bytes);
}

Status zero_memory(Process &caller, MemoryPlace to, std::uint64_t bytes) {
    const Status in_range = check_user_range(to.address, bytes);
    if (!in_range) return in_range;
    for (std::uint64_t done = 0; done < chunk_bytes && caller.call_progress < bytes;) {
        const std::uint64_t left = bytes - caller.call_progress;
        const VirtAddr at = to.address.offset(caller.call_progress);
        std::byte *target = TRY(locate(caller, {to.process, at}, left, Access::write));
        const std::uint64_t part = smallest(left, left_in_page(at), left);
        std::memset(target, 0, part);
        advance(caller, part);
        done += part;
    }
    return end_of_chunk(caller, bytes);
}

Status touch_memory(Process &caller, MemoryPlace place, std::uint64_t bytes, Access access) {
    constexpr std::uint64_t span = chunk_bytes * 16;  // a look at a page costs less than a copy
    for (std::uint64_t done = 0; done < span && caller.call_progress < bytes;) {
        const std::uint64_t left = bytes - caller.call_progress;
        const VirtAddr at = place.address.offset(caller.call_progress);
        (void)TRY(locate(caller, {place.process, at}, left, access));
        const std::uint64_t part = smallest(left, left_in_page(at), left);
        advance(caller, part);
        done += part;
    }
    return end_of_chunk(caller, bytes);
}

}  // namespace axo::kernel
