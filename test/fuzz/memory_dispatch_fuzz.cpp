// sources: drivers/memory/memory.cpp drivers/memory/zero_source.cpp lib/driver/announce.cpp lib/driver/transfer.cpp
// Random messages to the memory driver: nothing it is asked reaches beyond the RAM disk.
#include "axo/vm_protocol.hpp"
#include "drivers/memory/memory.hpp"
#include "test/fuzz/device_seed.hpp"

using namespace axo;

namespace {

constexpr std::size_t disk_bytes = 2 * page_size + 512;

std::int64_t boot_info(const fake::Arguments &a) {
    if (static_cast<InfoKind>(a[0]) == InfoKind::self) {
        SelfInfo self{.endpoint = endpoint::memory, .privilege_id = 3, .name = "memory"};
        std::memcpy(reinterpret_cast<void *>(a[1]), &self, sizeof self);
        return sizeof self;
    }
    BootDescription boot{};
    boot.module_count = 1;
    boot.modules[0].role = BootRole::root_image;
    boot.modules[0].start = {0x200000};
    boot.modules[0].bytes = disk_bytes;
    std::memcpy(reinterpret_cast<void *>(a[1]), &boot, sizeof boot);
    return sizeof boot;
}

}  // namespace

std::uint64_t fuzz::usual_inputs() { return 1'000; }

std::vector<fuzz::Bytes> fuzz::seeds() {
    Bytes transfer = device_session(0, 0, 0x80081272);
    // The granted memory begins with a transfer vector: the stream's first grants, which are VFS's.
    const device::TransferElement elements[] = {{GrantId{1 << 16}, 1024}, {GrantId{1 << 16}, 512}};
    std::memcpy(transfer.data(), elements, sizeof elements);
    return {transfer, device_session(3, 3, 0x1260), device_session(5, 5, 0x1268), device_session(7, 7, 0x1261)};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fake::System system(endpoint::memory, 4 << 20, 1 << 20);
    const fuzz::AlignedCopy disk(fuzz::Bytes(disk_bytes, 7), page_size);
    system.on_kernel(KernelCall::get_info, [](const fake::Arguments &a, std::uint64_t &) { return boot_info(a); });
    system.answer<vm::MapPhysical>([&disk](Endpoint, const vm::MapPhysical &) -> Result<vm::MapPhysical::Reply> {
        const auto address = reinterpret_cast<std::uint64_t>(disk.bytes().data());
        return vm::MapPhysical::Reply{.address = {address}, .handle = address};
    });
    fuzz::answer_announcement(system, "memory");
    fake::Service<memory::Memory> service;
    fuzz::require(service.start().has_value(), "the driver starts");
    fuzz::Input input(data, size);
    fuzz::MessageStream<memory::Memory>(system, service, [](std::uint16_t) { return false; }).run(input);
    return 0;
}
