// lib/sys over the fake kernel: grants, deferred replies, tags, clients.
#include <gtest/gtest.h>

#include <set>

#include "lib/sys/ds.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/vm.hpp"
#include "test/host/fake/fake_sys.hpp"

using namespace axo;

namespace {

constexpr Endpoint peer = Endpoint::make(60, 3);

}  // namespace

TEST(Grants, revoked_id_never_comes_back) {
    fake::System system;
    char memory[16];
    std::set<std::int32_t> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto grant = sys::Grant::direct(peer, memory, sizeof memory, sys::Access::read);
        ASSERT_TRUE(grant);
        EXPECT_TRUE(seen.insert(grant->id().value).second);
        EXPECT_EQ(system.granted(grant->id(), peer).size(), sizeof memory);
        EXPECT_TRUE(system.granted(grant->id(), endpoint::pm).empty());
    }
    EXPECT_EQ(sys::grants().in_use(), 0u);
    for (const std::int32_t id : seen) EXPECT_EQ(sys::grants().find(GrantId{id}), nullptr);
    sys::grants().revoke(GrantId{*seen.begin()});
    sys::grants().revoke(invalid_grant);
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

TEST(Grants, table_grows_and_the_kernel_is_told_each_time) {
    fake::System system;
    std::uint64_t announced = 0;
    system.on_kernel(KernelCall::set_grant_table, [&](const fake::Arguments &a, std::uint64_t &) {
        EXPECT_GT(a[1], announced);
        announced = a[1];
        return 0;
    });
    std::vector<sys::Grant> grants;
    for (int i = 0; i < 100; ++i)
        grants.push_back(*sys::Grant::magic(peer, endpoint::init, VirtAddr{4096}, 10, sys::Access::write));
    EXPECT_GE(announced, 100u);
    EXPECT_EQ(sys::grants().in_use(), 100u);
    EXPECT_EQ(sys::grants().find(grants[0].id())->owner, endpoint::init);
    grants.clear();
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

TEST(Grants, refused_growth_leaves_the_table_usable) {
    fake::System system;
    system.on_kernel(KernelCall::set_grant_table,
                     [](const fake::Arguments &, std::uint64_t &) { return to_wire(Error::fault); });
    EXPECT_EQ(sys::Grant::direct(peer, nullptr, 0, sys::Access::read).error(), Error::fault);
    system.kernel_hooks.clear();
    EXPECT_TRUE(sys::Grant::direct(peer, nullptr, 0, sys::Access::read));
}

TEST(Reply, leaves_with_the_next_receive_or_is_held_for_those_that_follow) {
    fake::System system;
    sys::flush_deferred();
    system.sent.clear();
    sys::allow_deferring();
    sys::reply(peer, encode_error(5, 1, 0));
    EXPECT_TRUE(sys::null_call());
    EXPECT_TRUE(sys::notify(endpoint::pm));
    ASSERT_EQ(system.sent.size(), 1u);  // neither a kernel call nor a notification has an order with it

    sys::reply_value(peer, 5, 2, 77);
    sys::reply_value(peer, 5, 3, 78);
    ASSERT_EQ(system.sent.size(), 3u);
    EXPECT_EQ(system.sent[1].peer, peer);
    EXPECT_EQ(system.sent[1].call, IpcCall::sendnb);
    EXPECT_EQ(system.sent[2].message.status(), 77);
    EXPECT_EQ(system.sent[2].message.words[1], 0u);
}

TEST(Call, goes_past_the_deferred_message_of_another_peer_only) {
    fake::System system;
    system.answer<vm::RegionFree>([](Endpoint, const vm::RegionFree &) -> Result<Nothing> { return Nothing{}; });
    sys::flush_deferred();
    system.sent.clear();
    sys::allow_deferring();
    sys::reply(peer, encode_error(5, 1, 0));
    EXPECT_TRUE(sys::vm::free_region(1));
    ASSERT_EQ(system.sent.size(), 1u);
    EXPECT_EQ(system.sent[0].call, IpcCall::sendrec);
    EXPECT_TRUE(sys::post(endpoint::vm, encode_request(vm::RegionFree{.handle = 2}, 9)));
    EXPECT_TRUE(sys::vm::free_region(1));
    ASSERT_EQ(system.sent.size(), 4u);
    EXPECT_EQ(system.sent[1].call, IpcCall::sendnb);
    EXPECT_EQ(system.sent[2].call, IpcCall::senda);  // the kernel sees the order, and refuses what would break it
    EXPECT_EQ(system.sent[3].call, IpcCall::sendrec);
}

TEST(Call, that_ends_the_turn_sends_the_deferred_message_first_and_says_so) {
    fake::System system;
    system.answer<vm::RegionFree>([](Endpoint, const vm::RegionFree &) -> Result<Nothing> { return Nothing{}; });
    sys::flush_deferred();
    system.sent.clear();
    sys::allow_deferring();
    sys::reply(peer, encode_error(5, 1, 0));
    EXPECT_TRUE(sys::call_ending_turn(endpoint::vm, vm::RegionFree{.handle = 2}));
    ASSERT_EQ(system.sent.size(), 2u);
    EXPECT_EQ(system.sent[0].call, IpcCall::sendnb);
    EXPECT_EQ(system.sent[1].message.flags, message_flag::ends_turn);
}

TEST(Call, returns_the_peers_reply_or_error) {
    fake::System system;
    system.answer<vm::RegionAllocate>(
        [](Endpoint to, const vm::RegionAllocate &request) -> Result<vm::RegionAllocate::Reply> {
            EXPECT_EQ(to, endpoint::vm);
            if (request.bytes > 4096) return Error::no_memory;
            return vm::RegionAllocate::Reply{VirtAddr{0x1000}, PhysAddr{0x2000}, 7};
        });
    EXPECT_EQ(sys::vm::allocate_region(100)->handle, 7u);
    EXPECT_EQ(sys::vm::allocate_region(5000).error(), Error::no_memory);
    EXPECT_EQ(sys::vm::free_region(1).error(), Error::dead_peer);
    EXPECT_NE(sys::next_tag(), sys::next_tag());
}

TEST(DsClient, grants_live_for_one_call) {
    fake::System system;
    std::string key;
    system.answer<ds::Publish>([&](Endpoint, const ds::Publish &request) -> Result<Nothing> {
        const auto bytes = system.granted(request.key, endpoint::ds);
        key.assign(reinterpret_cast<const char *>(bytes.data()), bytes.size());
        return Nothing{};
    });
    system.answer<ds::Check>([&](Endpoint, const ds::Check &request) -> Result<ds::Check::Reply> {
        std::memcpy(system.granted(request.key, endpoint::ds).data(), "drv.vfs.x", 10);
        return ds::Check::Reply{ds::Type::number, peer, 9, 0, 1};
    });
    EXPECT_TRUE(sys::ds::publish_number("drv.vfs.tty", 1));
    EXPECT_EQ(key, "drv.vfs.tty");
    const auto event = sys::ds::check();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->key, "drv.vfs.x");
    EXPECT_EQ(event->owner, peer);
    EXPECT_EQ(sys::grants().in_use(), 0u);
    EXPECT_EQ(sys::ds::endpoint_of("a label that is much too long").error(), Error::no_process);
}
