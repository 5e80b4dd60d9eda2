// sources: servers/vm/*.cpp servers/vm/*/*.cpp !servers/vm/main.cpp test/host/pm/fake_vdso.cpp
// Memory of system processes: loading a service, growing it, regions, DMA quarantine.
#include "test/host/vm/vm_services.hpp"

namespace axo::fake {
namespace {

constexpr std::uint64_t page = 4096;
constexpr Endpoint first = Endpoint::make(30, 1), second = Endpoint::make(31, 1);

struct VmServices : testing::Test, VmServiceMachine {};

TEST_F(VmServices, loaded_service_is_resident_and_its_end_returns_everything) {
    ASSERT_TRUE(spawn(first));
    server->ask(endpoint::pm, vm::Exit{first});
    const std::uint64_t before = free_frames();
    const auto loaded = spawn(first);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->entry.value, 0x400100u);
    EXPECT_EQ(free_frames(), before - (1 + 2 + 4 + 2 + layout::service_stack_bytes / page_size));
    EXPECT_EQ(tables.at(first.value).at(0x400).flags, map_flag::execute);
    EXPECT_EQ(tables.at(first.value).at(0x402).flags, map_flag::write);
    EXPECT_EQ(read(first, 0x402000 + 99), 'd');
    EXPECT_EQ(read(first, 0x402000 + 100), 0);
    EXPECT_EQ(faults, 0u);
    server->ask(endpoint::pm, vm::Exit{first});
    EXPECT_EQ(free_frames(), before);
}

TEST_F(VmServices, bad_image_leaves_nothing_behind) {
    ASSERT_TRUE(spawn(first));
    server->ask(endpoint::pm, vm::Exit{first});
    const std::uint64_t before = free_frames();
    auto bad = service_image();
    reinterpret_cast<Elf64_Phdr *>(bad.data() + sizeof(Elf64_Ehdr))[0].p_flags |= PF_W;
    EXPECT_EQ(spawn(first, bad).error(), Error::no_exec);
    bad = service_image();
    reinterpret_cast<Elf64_Phdr *>(bad.data() + sizeof(Elf64_Ehdr))[1].p_offset = 4 * page;
    EXPECT_EQ(spawn(first, bad).error(), Error::no_exec);
    bad = service_image();
    reinterpret_cast<Elf64_Phdr *>(bad.data() + sizeof(Elf64_Ehdr))[1].p_vaddr = 0x400800;
    EXPECT_EQ(spawn(first, bad).error(), Error::no_exec);
    EXPECT_EQ(spawn(first, std::vector<std::byte>(10)).error(), Error::no_exec);
    EXPECT_EQ(free_frames(), before);
}

TEST_F(VmServices, arena_and_scratch_grow_at_their_ends) {
    ASSERT_TRUE(spawn(first));
    const auto grown = server->ask(first, vm::Grow{vm::GrowWhat::arena, 0, 3 * page});
    ASSERT_TRUE(grown && *grown);
    EXPECT_EQ((*grown)->new_end, layout::arena_a + 7 * page);
    EXPECT_EQ(read(first, layout::arena_a + 7 * page - 1), 0);
    EXPECT_EQ(read(first, layout::arena_a + 7 * page), -1);
    EXPECT_EQ((*server->ask(first, vm::Grow{vm::GrowWhat::scratch, 0, page}))->new_end, layout::scratch + 3 * page);
    EXPECT_EQ((*server->ask(first, vm::Grow{vm::GrowWhat::arena, 0, 100})).error(), Error::invalid);
    const std::uint64_t before = free_frames();
    EXPECT_EQ((*server->ask(first, vm::Grow{vm::GrowWhat::arena, 0, 1ull << 30})).error(), Error::no_memory);
    EXPECT_EQ(free_frames(), before);
}

TEST_F(VmServices, content_of_users_leaves_what_is_kept_for_programs_and_services) {
    ASSERT_TRUE(spawn(first));
    const auto allocate = [&](std::uint64_t flags) {
        return *server->ask(first, vm::RegionAllocate{64 * page, flags});
    };
    EXPECT_EQ(allocate(vm::region_flag::content | vm::region_flag::contiguous).error(), Error::invalid);
    std::vector<std::uint64_t> taken;
    for (auto region = allocate(vm::region_flag::content); region; region = allocate(vm::region_flag::content))
        taken.push_back(region->handle);
    EXPECT_GT(taken.size(), 30u);
    EXPECT_GT(free_frames(), frames / 32 + frames / 16 + frames / 8 - 64);
    EXPECT_EQ(server->state().memory.committed(), taken.size() * 64);
    EXPECT_TRUE(allocate(0)) << "the service's own";
    for (const std::uint64_t handle : taken) EXPECT_TRUE(*server->ask(first, vm::RegionFree{handle}));
    EXPECT_EQ(server->state().memory.committed(), 0u);
}

TEST_F(VmServices, heap_that_grows_with_what_is_asked_of_it_leaves_the_reserve) {
    ASSERT_TRUE(spawn(first));
    const auto grow = [&](std::uint64_t bytes) { return *server->ask(first, vm::Grow{vm::GrowWhat::arena, 0, bytes}); };
    while (grow(64 * page)) {}
    while (grow(page)) {}
    EXPECT_GE(free_frames(), frames / 32 + frames / 16 - 64);
    ASSERT_TRUE(spawn(second)) << "there is room for another one";
    EXPECT_TRUE(*server->ask(second, vm::Grow{vm::GrowWhat::arena, 0, 16 * page}));
}

TEST_F(VmServices, regions_are_separate_and_come_back) {
    ASSERT_TRUE(spawn(first));
    server->ask(first, vm::RegionAllocate{page, 0});
    const std::uint64_t before = free_frames();
    const auto one = *server->ask(first, vm::RegionAllocate{10 * page, vm::region_flag::contiguous});
    const auto two = *server->ask(first, vm::RegionAllocate{page, 0});
    ASSERT_TRUE(one && two);
    for (unsigned i = 0; i < 10; ++i)
        EXPECT_EQ(tables.at(first.value).at(one->address.value / page + i).frame, one->physical.value / page + i);
    EXPECT_EQ(read(first, one->address.value + 10 * page), -1) << "an unmapped page lies between";
    EXPECT_TRUE(*server->ask(first, vm::RegionFree{one->handle}));
    EXPECT_TRUE(*server->ask(first, vm::RegionFree{two->handle}));
    EXPECT_EQ((*server->ask(first, vm::RegionFree{two->handle})).error(), Error::invalid);
    EXPECT_EQ((*server->ask(first, vm::RegionFree{layout::arena_a})).error(), Error::invalid);
    EXPECT_EQ(free_frames(), before);
}

TEST_F(VmServices, device_memory_needs_the_kernels_consent) {
    ASSERT_TRUE(spawn(first));
    system.on_kernel(KernelCall::privilege_control,
                     [](const Arguments &, std::uint64_t &) { return to_wire(Error::not_permitted); });
    const vm::MapPhysical request{PhysAddr{300 * page}, 2 * page, 1};
    EXPECT_EQ((*server->ask(first, request)).error(), Error::not_permitted);
    system.on_kernel(KernelCall::privilege_control, [](const Arguments &, std::uint64_t &) { return 0; });
    const auto mapped = *server->ask(first, request);
    ASSERT_TRUE(mapped);
    EXPECT_EQ(tables.at(first.value).at(mapped->address.value / page + 1).frame, 301u);
    EXPECT_EQ(tables.at(first.value).at(mapped->address.value / page).flags, map_flag::write | map_flag::uncached);
    const std::uint64_t before = free_frames();
    EXPECT_TRUE(*server->ask(first, vm::RegionFree{mapped->handle}));
    EXPECT_FALSE(tables.at(first.value).contains(mapped->address.value / page));
    EXPECT_EQ(free_frames(), before) << "device frames are not VM's";
}

TEST_F(VmServices, dma_memory_of_a_dead_driver_stays_taken_until_its_device_was_reset) {
    ASSERT_TRUE(spawn(first));
    server->ask(endpoint::pm, vm::Exit{first});
    const std::uint64_t before = free_frames();
    ASSERT_TRUE(spawn(first));
    ASSERT_TRUE(*server->ask(first, vm::RegionAllocate{4 * page, vm::region_flag::contiguous | vm::region_flag::dma}));
    server->ask(endpoint::pm, vm::Exit{first});
    EXPECT_EQ(free_frames(), before - 4);
    server->ask(endpoint::rs, vm::ReleaseDma{second});
    EXPECT_EQ(free_frames(), before - 4);
    server->ask(endpoint::rs, vm::ReleaseDma{first});
    EXPECT_EQ(free_frames(), before);
}

}  // namespace
}  // namespace axo::fake
