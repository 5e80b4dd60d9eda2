// sources: servers/ext2/*.cpp !servers/ext2/main.cpp lib/fs/*.cpp
// Random messages at ext2, over a block driver that answers late, in any order, and now and then with an error.
#include "servers/ext2/service.hpp"
#include "test/fuzz/storm/file_system_storm.hpp"
#include "test/host/fs/ext2_image.hpp"

namespace axo::storm {

namespace {

constexpr Endpoint driver = Endpoint::make(20, 1), successor = Endpoint::make(20, 2);

Result<device::Transfer::Reply> transfer(fake::System &system, std::vector<std::byte> &image, Endpoint peer,
                                         const device::Transfer &request) {
    const auto vector = system.granted(request.vector, peer);
    if (vector.size() != request.count * sizeof(device::TransferElement)) return Error::fault;  // ext2 waits no more
    std::uint64_t at = request.offset;
    for (std::uint32_t i = 0; i < request.count; ++i) {
        device::TransferElement element;
        std::memcpy(&element, vector.data() + i * sizeof element, sizeof element);
        const auto buffer = system.granted(element.buffer, peer);
        require(buffer.size() >= element.bytes, "a buffer is granted as long as its transfer");
        require(at + element.bytes <= image.size(), "a transfer stays within the device");
        if (request.write != 0)
            std::memcpy(image.data() + at, buffer.data(), element.bytes);
        else
            std::memcpy(buffer.data(), image.data() + at, element.bytes);
        at += element.bytes;
    }
    return device::Transfer::Reply{at - request.offset};
}

}  // namespace

std::uint64_t usual_episodes() { return 25; }

void episode(Random &random) {
    static const std::vector<std::byte> fresh = host::make_image("-b 1024", 2048);
    std::vector<std::byte> image = fresh;
    fake::System system(endpoint::root_fs, 8 << 20, 8 << 20);
    fake::Regions regions;
    regions.serve(system);
    system.answer<ds::EndpointOf>([](Endpoint, const ds::EndpointOf &request) -> Result<ds::EndpointOf::Reply> {
        if (std::strcmp(request.label, "disk") != 0) return Error::no_entry;
        return ds::EndpointOf::Reply{driver};
    });
    fake::Service<ext2::Service> service;
    require(service.start().has_value(), "ext2 starts");
    Storm<ext2::Service> storm(random, system, service);
    storm.failure_share = 3;
    storm.add_client(endpoint::vfs, false, 6);
    storm.add_client(endpoint::pm);
    storm.add_client(Endpoint::make(200, 1));
    storm.late<device::Open>([&](Endpoint, const device::Open &open) -> Result<device::Open::Reply> {
        return device::Open::Reply{open.minor, 0, image.size()};
    });
    storm.late<device::Close>([](Endpoint, const device::Close &) -> Result<Nothing> { return Nothing{}; });
    storm.late<device::Transfer>(
        [&](Endpoint peer, const device::Transfer &request) { return transfer(system, image, peer, request); });
    file_system_storm(storm, 400);
    // FIXME: without a successor the transfers of a dead driver wait for ever (finding A7).
    storm.begin(endpoint::vfs, fs::NewDriver{successor, 0});
    storm.calm_down(60);
    storm.begin(endpoint::vfs, fs::Unmount{.force = 1, .reserved = 0});
    storm.calm_down(60);
    storm.require_balance();
    expect_same("regions kept after unmount", 0, regions.count());
}

}  // namespace axo::storm
