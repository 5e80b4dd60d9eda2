// sources: servers/vm/*.cpp servers/vm/*/*.cpp !servers/vm/main.cpp test/host/pm/fake_vdso.cpp
// A live update in VM: changing places, the arena shared or beside, regions handed over, taken back, accepted.
#include "test/host/vm/vm_services.hpp"

namespace axo::fake {
namespace {

constexpr std::uint64_t page = 4096;
constexpr Endpoint service = Endpoint::make(30, 1), spare = Endpoint::make(31, 1);

struct VmUpdate : testing::Test, VmServiceMachine {
    /// Both versions are there; the old one has written into its arena; then they change places.
    void SetUp() override {
        system.on_kernel(KernelCall::update, [this](const Arguments &, std::uint64_t &) {
            if (kernel_says < 0) return kernel_says;
            std::swap(tables.at(service.value), tables.at(spare.value));
            return kernel_says;
        });
        system.on_kernel(KernelCall::query_page, [this](const Arguments &a, std::uint64_t &) -> std::int64_t {
            const auto &entry = tables.at(static_cast<std::uint32_t>(a[0])).at(a[1] / page);
            return static_cast<std::int64_t>(entry.frame * page | entry.flags);
        });
        system.on_kernel(KernelCall::virtual_copy, [this](const Arguments &a, std::uint64_t &) -> std::int64_t {
            const std::byte *from = touch(Endpoint{static_cast<std::uint32_t>(a[0])}, a[1], false);
            std::memcpy(reinterpret_cast<void *>(a[3]), from, a[4]);  // within one page
            return 0;
        });
        ASSERT_TRUE(spawn(service));
        ASSERT_TRUE(write(service, layout::arena_a + 5, 'o'));
        ASSERT_TRUE(spawn(spare));
        ASSERT_TRUE(write(spare, layout::arena_a + 5, 'x'));
    }
    Result<Nothing> change_places() { return *server->ask(endpoint::rs, vm::RsUpdate{service, spare}); }
    /// The new version, which lives at `service` after the change.
    Result<vm::ArenaShare::Reply> share(vm::ArenaMode mode) {
        return *server->ask(service, vm::ArenaShare{spare, service, mode, 0});
    }

    std::int64_t kernel_says = 0;
};

TEST_F(VmUpdate, spaces_and_masks_are_exchanged_but_not_endpoints) {
    ASSERT_TRUE(*server->ask(endpoint::rs, vm::SetMask{service, 0, 1}));
    auto &processes = server->state().processes;
    vm::Space *space = processes.space_of(service);
    kernel_says = to_wire(Error::busy);
    EXPECT_EQ(change_places().error(), Error::busy);
    EXPECT_EQ(processes.space_of(service), space) << "the kernel's refusal changes nothing";
    kernel_says = 0;
    ASSERT_TRUE(change_places());
    EXPECT_EQ(processes.space_of(spare), space);
    EXPECT_EQ(space->owner, spare);
    EXPECT_EQ(processes.find(spare)->calls, 1u);
}

TEST_F(VmUpdate, equal_schema_is_shared_until_somebody_writes) {
    ASSERT_TRUE(change_places());
    const auto shared = share(vm::ArenaMode::copy);
    ASSERT_TRUE(shared);
    EXPECT_EQ(shared->address.value, layout::arena_a);
    EXPECT_EQ(shared->bytes, 4 * page);
    EXPECT_EQ(read(service, layout::arena_a + 5), 'o');
    EXPECT_TRUE(write(service, layout::arena_a + 5, 'n'));
    EXPECT_EQ(read(spare, layout::arena_a + 5), 'o') << "the old version's state is as it was";
    EXPECT_TRUE(write(spare, layout::arena_a + page, 'x'));
    EXPECT_EQ(read(service, layout::arena_a + page), 0);
}

TEST_F(VmUpdate, digest_sees_every_byte_of_the_arena_and_nothing_else) {
    const auto digest = [this] { return (*server->ask(endpoint::rs, vm::ArenaDigest{service}))->digest; };
    const std::uint64_t before = digest();
    EXPECT_EQ((*server->ask(endpoint::rs, vm::ArenaDigest{service}))->bytes, 4 * page);
    EXPECT_EQ(digest(), before);
    ASSERT_TRUE(write(service, layout::arena_a + 4 * page - 1, 'l'));
    EXPECT_NE(digest(), before) << "the last byte";
    ASSERT_TRUE(write(service, layout::arena_a + 4 * page - 1, 0));
    ASSERT_TRUE(write(service, layout::scratch, 's'));
    EXPECT_EQ(digest(), before) << "scratch does not belong to the state";
}

TEST_F(VmUpdate, digest_is_refused_where_there_is_no_arena) {
    EXPECT_EQ((*server->ask(endpoint::rs, vm::ArenaDigest{Endpoint::make(40, 1)})).error(), Error::invalid);
    EXPECT_EQ((*server->ask(service, vm::ArenaDigest{spare})).error(), Error::no_syscall) << "RS alone may ask";
}

TEST_F(VmUpdate, digest_is_that_of_the_old_version_again_after_a_rollback) {
    const auto digest = [this] { return (*server->ask(endpoint::rs, vm::ArenaDigest{service}))->digest; };
    const std::uint64_t before = digest();
    ASSERT_TRUE(change_places());
    ASSERT_TRUE(share(vm::ArenaMode::copy));
    EXPECT_EQ(digest(), before);
    ASSERT_TRUE(write(service, layout::arena_a + 5, 'n'));
    EXPECT_NE(digest(), before);
    ASSERT_TRUE(change_places());
    EXPECT_EQ(digest(), before);
}

TEST_F(VmUpdate, refused_to_everybody_but_the_two_of_an_update) {
    EXPECT_EQ(share(vm::ArenaMode::copy).error(), Error::invalid) << "no update under way";
    ASSERT_TRUE(change_places());
    const vm::ArenaShare request{spare, service, vm::ArenaMode::copy, 0};
    EXPECT_EQ((*server->ask(endpoint::rs, request)).error(), Error::invalid);
    EXPECT_EQ((*server->ask(spare, request)).error(), Error::invalid);
    EXPECT_EQ((*server->ask(service, vm::ArenaShare{endpoint::vfs, service, vm::ArenaMode::copy, 0})).error(),
              Error::invalid);
    EXPECT_EQ(share(static_cast<vm::ArenaMode>(7)).error(), Error::invalid);
    ASSERT_TRUE(change_places());
    EXPECT_EQ(share(vm::ArenaMode::copy).error(), Error::invalid) << "it was taken back";
}

TEST_F(VmUpdate, changed_schema_sees_the_old_arena_beside_an_empty_one) {
    ASSERT_TRUE(change_places());
    const auto old = share(vm::ArenaMode::beside);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->address.value, layout::arena_a);
    EXPECT_EQ(read(service, layout::arena_a + 5), 'o');
    EXPECT_FALSE(write(service, layout::arena_a + 5, 'n')) << "read-only";
    EXPECT_EQ(read(service, layout::arena_b + 5), 0);
    EXPECT_TRUE(write(service, layout::arena_b + 5, 'n'));
    const auto grown = *server->ask(service, vm::Grow{vm::GrowWhat::arena, 0, page});
    EXPECT_EQ(grown->new_end, layout::arena_b + 5 * page);
    ASSERT_TRUE(share(vm::ArenaMode::done));
    EXPECT_EQ(read(service, layout::arena_a + 5), -1);
    EXPECT_EQ(read(spare, layout::arena_a + 5), 'o');
    EXPECT_TRUE(write(spare, layout::arena_a + 5, 'p')) << "it can go on";
}

TEST_F(VmUpdate, third_version_goes_back_to_the_first_address) {
    ASSERT_TRUE(change_places());
    ASSERT_TRUE(share(vm::ArenaMode::beside));
    ASSERT_TRUE(share(vm::ArenaMode::done));
    ASSERT_TRUE(write(service, layout::arena_b + 5, '2'));
    server->ask(endpoint::pm, vm::Exit{spare});
    ASSERT_TRUE(spawn(spare));
    ASSERT_TRUE(change_places());
    const auto old = share(vm::ArenaMode::beside);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->address.value, layout::arena_b);
    EXPECT_EQ(read(service, layout::arena_b + 5), '2');
    EXPECT_TRUE(write(service, layout::arena_a + 5, '3'));
}

TEST_F(VmUpdate, equal_schema_stays_at_the_second_address) {
    ASSERT_TRUE(change_places());
    ASSERT_TRUE(share(vm::ArenaMode::beside));
    ASSERT_TRUE(write(service, layout::arena_b + 5, '2'));
    ASSERT_TRUE(share(vm::ArenaMode::done));
    server->ask(endpoint::pm, vm::Exit{spare});
    ASSERT_TRUE(spawn(spare));
    ASSERT_TRUE(change_places());
    const auto old = share(vm::ArenaMode::copy);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->address.value, layout::arena_b);
    EXPECT_EQ(read(service, layout::arena_b + 5), '2');
    EXPECT_EQ(read(service, layout::arena_a + 5), -1) << "its own is gone";
}

TEST_F(VmUpdate, regions_pass_to_the_new_version_in_place) {
    const auto region =
        *server->ask(service, vm::RegionAllocate{3 * page, vm::region_flag::contiguous | vm::region_flag::dma});
    ASSERT_TRUE(region && write(service, region->address.value + page, 'd'));
    ASSERT_TRUE(change_places());
    ASSERT_TRUE(share(vm::ArenaMode::copy));
    EXPECT_EQ(read(service, region->address.value + page), 'd');
    EXPECT_TRUE(write(service, region->address.value, 'e'));
    EXPECT_EQ(tables.at(service.value).at(region->address.value / page).frame, region->physical.value / page)
        << "a device writes to these frames";
    const std::uint64_t before = free_frames();
    server->ask(endpoint::pm, vm::Exit{spare});
    EXPECT_EQ(free_frames(), before + 1 + 2 + 2 + layout::service_stack_bytes / page_size)
        << "own pages only; nothing goes into quarantine";
    EXPECT_EQ(read(service, region->address.value), 'e');
    EXPECT_TRUE(*server->ask(service, vm::RegionFree{region->handle}));
}

TEST_F(VmUpdate, device_memory_passes_if_the_new_version_may_have_it) {
    system.on_kernel(KernelCall::privilege_control, [](const Arguments &, std::uint64_t &) { return 0; });
    const auto mapped = *server->ask(service, vm::MapPhysical{PhysAddr{300 * page}, 2 * page, 1});
    ASSERT_TRUE(mapped);
    ASSERT_TRUE(change_places());
    system.on_kernel(KernelCall::privilege_control,
                     [](const Arguments &, std::uint64_t &) { return to_wire(Error::not_permitted); });
    EXPECT_EQ(share(vm::ArenaMode::copy).error(), Error::not_permitted);
    system.on_kernel(KernelCall::privilege_control, [](const Arguments &, std::uint64_t &) { return 0; });
    ASSERT_TRUE(share(vm::ArenaMode::copy));
    EXPECT_EQ(tables.at(service.value).at(mapped->address.value / page + 1).frame, 301u);
    EXPECT_EQ(tables.at(service.value).at(mapped->address.value / page).flags, map_flag::write | map_flag::uncached);
}

TEST_F(VmUpdate, taken_back_it_leaves_the_old_version_as_it_was) {
    const auto region = *server->ask(service, vm::RegionAllocate{page, 0});
    const std::uint64_t before = free_frames();
    for (const vm::ArenaMode mode : {vm::ArenaMode::copy, vm::ArenaMode::beside}) {
        ASSERT_TRUE(change_places());
        ASSERT_TRUE(share(mode));
        EXPECT_EQ(write(service, layout::arena_a + 5, 'n'), mode == vm::ArenaMode::copy);
        ASSERT_TRUE(change_places());
        server->ask(endpoint::pm, vm::Exit{spare});
        EXPECT_EQ(read(service, layout::arena_a + 5), 'o');
        EXPECT_TRUE(write(service, region->address.value, 'r'));
        ASSERT_TRUE(spawn(spare));
        EXPECT_EQ(free_frames(), before);
    }
}

}  // namespace
}  // namespace axo::fake
