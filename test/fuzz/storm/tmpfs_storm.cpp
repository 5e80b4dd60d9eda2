// sources: servers/tmpfs/*.cpp !servers/tmpfs/main.cpp lib/fs/*.cpp
// Random messages at tmpfs. When everything is released and removed its pages are all free again.
#include "servers/tmpfs/service.hpp"
#include "test/fuzz/storm/file_system_storm.hpp"
#include "test/host/fake/fake_regions.hpp"

namespace axo::storm {

std::uint64_t usual_episodes() { return 150; }

void episode(Random &random) {
    fake::System system(endpoint::tmpfs, 8 << 20, 1 << 20);
    fake::Regions regions;
    regions.serve(system);
    fake::Service<tmpfs::Service> service;
    require(service.start().has_value(), "tmpfs starts");
    Storm<tmpfs::Service> storm(random, system, service);
    storm.add_client(endpoint::vfs, false, 6);
    storm.add_client(endpoint::pm);
    storm.add_client(Endpoint::make(200, 1));
    // Tables grow in the first round; what the second one keeps is lost.
    std::size_t blocks = 0;
    for (unsigned round = 0; round < 2; ++round) {
        file_system_storm(storm, 200);
        storm.calm_down(10);
        storm.ask(endpoint::vfs, fs::Unmount{.force = 1, .reserved = 0});
        storm.require_balance();
        expect_same("regions", 0, regions.count());
        if (round == 1) expect_same("blocks of the heap", blocks, arena_heap().used_blocks());
        blocks = arena_heap().used_blocks();
    }
}

}  // namespace axo::storm
