// Page walks and copies.
#include "kernel/memory/user_memory.hpp"

#include "kernel/kernel.hpp"
#include "kernel/memory/memory_wait.hpp"

#include <cstring>

namespace axo::kernel {
namespace {

constexpr std::uint64_t chunk_bytes = 64 * 1024;

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

bool find_range(PhysAddr frame) {
    const RamMap &ram = the_kernel.ram;
    for (unsigned i = 0; i < ram.count; ++i) {
        if (frame.value < ram.ranges[i].start || frame.value >= ram.ranges[i].end) continue;
        this_cpu().last_ram_hit = ram.ranges[i];
        return true;
    }
    return false;
}

/// The byte, when it is there and may be used so; else null. Inlined where the bulk of all copies happens.
[[gnu::always_inline]] inline std::byte *present_byte(const MemoryPlace &place, Access access) {
    if (place.process->space == nullptr) return nullptr;
    const PageEntry entry = place.process->space->table().entry_of(place.address);
    if (!entry.allows(access == Access::write) || !is_ram(entry.frame())) return nullptr;
    return static_cast<std::byte *>(arch::ram(entry.frame())) + place.address.value % page_size;
}

/// Why present_byte found nothing: memory that is no RAM or nobody's (fault), or else what VM is asked for.
[[gnu::noinline, gnu::cold]] Error why_not_present(Process &caller, const MemoryPlace &place, std::uint64_t bytes,
                                                   Access access) {
    if (place.process->space == nullptr) return Error::fault;
    const Result<Mapping> mapping = place.process->space->table().query(place.address);
    const bool usable = mapping && (access == Access::read || (mapping->flags & map_flag::write) != 0);
    if (usable) return Error::fault;
    return request_memory(caller, *place.process, place.address, bytes, access == Access::write);
}

}  // namespace

void note_ram(PhysAddr start, std::uint64_t bytes) {
    RamMap &ram = the_kernel.ram;
    if (ram.count < RamMap::max_ranges) ram.ranges[ram.count++] = {start.value, start.value + bytes};
}

bool is_ram(PhysAddr frame) {
    const RamRange &last = this_cpu().last_ram_hit;
    if (frame.value >= last.start && frame.value < last.end) return true;
    return find_range(frame);
}

Result<std::byte *> locate(Process &caller, MemoryPlace place, std::uint64_t bytes, Access access) {
    std::byte *found = present_byte(place, access);
    if (found == nullptr) return why_not_present(caller, place, bytes, access);
    return found;
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

bool peek(const Process &process, VirtAddr from, void *to, std::size_t bytes) {
    if (process.space == nullptr || !in_user_range(from, bytes)) return false;
    for (std::size_t done = 0; done < bytes;) {
        const VirtAddr at = from.offset(done);
        const Result<Mapping> mapping = process.space->table().query(at);
        if (!mapping || !is_ram(mapping->frame)) return false;
        const std::uint64_t part = smallest(bytes - done, left_in_page(at), bytes);
        std::memcpy(static_cast<std::byte *>(to) + done,
                    static_cast<const std::byte *>(arch::ram(mapping->frame)) + at.value % page_size, part);
        done += part;
    }
    return true;
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
    if (!in_user_range(from.address, bytes) || !in_user_range(to.address, bytes)) return Error::fault;
    for (std::uint64_t done = 0; done < chunk_bytes && caller.call_progress < bytes;) {
        const std::uint64_t left = bytes - caller.call_progress;
        const MemoryPlace source_at{from.process, from.address.offset(caller.call_progress)};
        const MemoryPlace target_at{to.process, to.address.offset(caller.call_progress)};
        const std::byte *source = present_byte(source_at, Access::read);
        if (source == nullptr) return why_not_present(caller, source_at, left, Access::read);
        std::byte *target = present_byte(target_at, Access::write);
        if (target == nullptr) return why_not_present(caller, target_at, left, Access::write);
        const std::uint64_t part = smallest(left, left_in_page(source_at.address), left_in_page(target_at.address));
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
        const MemoryPlace page{place.process, at};
        if (present_byte(page, access) == nullptr) return why_not_present(caller, page, left, access);
        const std::uint64_t part = smallest(left, left_in_page(at), left);
        advance(caller, part);
        done += part;
    }
    return end_of_chunk(caller, bytes);
}

}  // namespace axo::kernel
