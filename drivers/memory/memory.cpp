#include "drivers/memory/memory.hpp"

#include "drivers/memory/zero_source.hpp"
#include "lib/driver/ioctl_argument.hpp"
#include "lib/sys/vm.hpp"

namespace axo::memory {

namespace {

// Linux' block ioctls.
constexpr std::uint32_t ioctl_size_in_sectors = 0x1260, ioctl_sector_size = 0x1268, ioctl_flush = 0x1261,
                        ioctl_size_in_bytes = 0x80081272;
constexpr std::uint32_t sector_bytes = 512;
constexpr std::uint64_t spare_bytes = 4 * 1024 * 1024;

constexpr std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + page_size - 1) & ~(page_size - 1); }

}  // namespace

Status Memory::init(const sef::Init &init) {
    starting(init.kind);
    if (init.kind == rs::InitKind::update) return {};
    state_.spare_lost = init.kind == rs::InitKind::restart;
    return map_root_image();
}

RamDisk *Memory::disk_of(std::uint32_t minor) {
    switch (static_cast<Minor>(minor)) {
        case Minor::ram_disk: return &state_.disk;
        case Minor::spare_disk: return &state_.spare;
        default: return nullptr;
    }
}

/// What it held died with the process it was made in. A file system must not find zeros in its place.
Status Memory::make_spare_disk() {
    if (state_.spare_lost) return Error::io;
    if (state_.spare.exists()) return {};
    state_.spare = {.memory = TRY(sys::Region::allocate(spare_bytes)), .bytes = spare_bytes};
    return {};
}

/// A system without a root image has no RAM disk; the other devices are there all the same.
Status Memory::map_root_image() {
    const BootDescription boot = TRY(sys::boot_description());
    for (std::uint32_t i = 0; i < boot.module_count; ++i) {
        const BootModule &module = boot.modules[i];
        if (module.role != BootRole::root_image || module.bytes == 0) continue;
        const auto mapping =
            TRY(sys::vm::map_physical(module.start, whole_pages(module.bytes), sys::vm::Caching::cached));
        state_.disk = {.memory = sys::Region(mapping.handle, whole_pages(module.bytes)), .bytes = module.bytes};
        return {};
    }
    return {};
}

Result<device::Open::Reply> Memory::open(const device::Open &request) {
    switch (static_cast<Minor>(request.minor)) {
        case Minor::spare_disk: TRY(make_spare_disk()); [[fallthrough]];
        case Minor::ram_disk: {
            const RamDisk &disk = *disk_of(request.minor);
            if (!disk.exists()) return Error::no_device_address;
            return device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = disk.bytes};
        }
        case Minor::null:
        case Minor::zero:
        case Minor::full: return device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = 0};
    }
    return Error::no_device_address;
}

void Memory::on(Endpoint caller, const device::Transfer &request, driver::Reply<device::Transfer> reply) {
    if (!is_open(request.minor)) return reply.fail(Error::service_restarted);
    const RamDisk *disk = disk_of(request.minor);
    if (disk == nullptr) return reply.fail(Error::invalid);
    const auto moved = disk->transfer(caller, request);
    if (!moved) return reply.fail(moved.error());
    reply.ok({.bytes = *moved});
}

void Memory::read(const device::Read &request, driver::Reply<device::Read> reply) {
    switch (static_cast<Minor>(request.minor)) {
        case Minor::null: return reply.ok({.bytes = 0});
        case Minor::zero:
        case Minor::full: {
            const Status filled = fill_with_zeros(reply.caller(), request.buffer, request.bytes);
            if (!filled) return reply.fail(filled.error());
            return reply.ok({.bytes = request.bytes});
        }
        case Minor::ram_disk:
        case Minor::spare_disk: break;
    }
    reply.fail(Error::invalid);
}

void Memory::write(const device::Write &request, driver::Reply<device::Write> reply) {
    switch (static_cast<Minor>(request.minor)) {
        case Minor::null:
        case Minor::zero: return reply.ok({.bytes = request.bytes});
        case Minor::full:
            if (request.bytes == 0) return reply.ok({.bytes = 0});
            return reply.fail(Error::no_space);
        case Minor::ram_disk:
        case Minor::spare_disk: break;
    }
    reply.fail(Error::invalid);
}

void Memory::ioctl(const device::Ioctl &request, driver::Reply<device::Ioctl> reply) {
    const RamDisk *disk = disk_of(request.minor);
    if (disk == nullptr) return reply.fail(Error::not_tty);
    const Endpoint caller = reply.caller();
    Status status{};
    switch (request.code) {
        case ioctl_size_in_bytes: status = driver::put_argument(caller, request, disk->bytes); break;
        case ioctl_size_in_sectors: status = driver::put_argument(caller, request, disk->bytes / sector_bytes); break;
        case ioctl_sector_size: status = driver::put_argument(caller, request, sector_bytes); break;
        case ioctl_flush: break;  // memory is where it is written to
        default: status = Error::not_tty; break;
    }
    if (status)
        reply.ok({.value = 0});
    else
        reply.fail(status.error());
}

}  // namespace axo::memory
