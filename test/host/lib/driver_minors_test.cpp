// The opened-minor set and the poll watchers of lib/driver.
#include <gtest/gtest.h>

#include <vector>

#include "lib/driver/opened_minors.hpp"
#include "lib/driver/poll_watchers.hpp"

namespace axo::driver {
namespace {

struct DriverMinors : testing::Test {
    alignas(16) std::array<std::byte, 65536> memory;
    Heap heap;
    DriverMinors() { heap.adopt(memory.data(), memory.size(), Heap::Area::fixed); }
};

TEST_F(DriverMinors, unopened_minor_is_unknown) {
    OpenedMinors minors(heap);
    EXPECT_FALSE(minors.contains(0));
    EXPECT_EQ(minors.remove(0), OpenedMinors::Closed::not_open);
}

TEST_F(DriverMinors, minor_is_forgotten_at_its_last_close) {
    OpenedMinors minors(heap);
    ASSERT_TRUE(minors.add(3));
    ASSERT_TRUE(minors.add(3));
    EXPECT_EQ(minors.remove(3), OpenedMinors::Closed::still_open);
    EXPECT_TRUE(minors.contains(3));
    EXPECT_EQ(minors.remove(3), OpenedMinors::Closed::last);
    EXPECT_FALSE(minors.contains(3));
}

TEST_F(DriverMinors, a_hundred_distinct_minors_are_no_problem) {
    OpenedMinors minors(heap);
    for (std::uint32_t minor = 0; minor < 100; ++minor) ASSERT_TRUE(minors.add(minor));
    for (std::uint32_t minor = 0; minor < 100; ++minor) ASSERT_TRUE(minors.contains(minor));
    for (std::uint32_t minor = 0; minor < 100; ++minor) EXPECT_EQ(minors.remove(minor), OpenedMinors::Closed::last);
    EXPECT_EQ(minors.size(), 0u);
}

TEST_F(DriverMinors, full_heap_is_an_error) {
    alignas(16) std::array<std::byte, 1024> small;
    Heap tiny;
    tiny.adopt(small.data(), small.size(), Heap::Area::fixed);
    OpenedMinors minors(tiny);
    Status status{};
    for (std::uint32_t minor = 0; minor < 1000 && status; ++minor) status = minors.add(minor);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(), Error::no_memory);
}

struct Told {
    Endpoint who;
    std::uint32_t ready;
};

TEST_F(DriverMinors, watcher_is_told_once) {
    PollWatchers watchers(heap);
    std::vector<Told> told;
    auto tell = [&](Endpoint who, std::uint32_t ready) { told.push_back({who, ready}); };
    ASSERT_TRUE(watchers.watch(endpoint::vfs, 1, device::poll_event::in));
    watchers.became_ready(1, device::poll_event::out, tell);
    watchers.became_ready(2, device::poll_event::in, tell);
    EXPECT_TRUE(told.empty());
    watchers.became_ready(1, device::poll_event::in | device::poll_event::out, tell);
    watchers.became_ready(1, device::poll_event::in, tell);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].who, endpoint::vfs);
    EXPECT_EQ(told[0].ready, device::poll_event::in);
}

TEST_F(DriverMinors, events_of_one_watcher_add_up_and_end_one_by_one) {
    PollWatchers watchers(heap);
    ASSERT_TRUE(watchers.watch(endpoint::vfs, 1, device::poll_event::in));
    ASSERT_TRUE(watchers.watch(endpoint::vfs, 1, device::poll_event::out));
    unsigned calls = 0;
    watchers.became_ready(1, device::poll_event::out, [&](Endpoint, std::uint32_t) { ++calls; });
    EXPECT_EQ(calls, 1u);
    watchers.became_ready(1, device::poll_event::out, [&](Endpoint, std::uint32_t) { ++calls; });
    EXPECT_EQ(calls, 1u) << "it was told that already";
    watchers.became_ready(1, device::poll_event::in | device::poll_event::out, [&](Endpoint, std::uint32_t told) {
        EXPECT_EQ(told, device::poll_event::in);
        ++calls;
    });
    EXPECT_EQ(calls, 2u);
    EXPECT_TRUE(watchers.empty());
}

TEST_F(DriverMinors, dead_watcher_and_closed_minor_are_forgotten) {
    PollWatchers watchers(heap);
    ASSERT_TRUE(watchers.watch(endpoint::vfs, 1, device::poll_event::in));
    ASSERT_TRUE(watchers.watch(endpoint::ds, 2, device::poll_event::in));
    watchers.forget_watcher(endpoint::vfs);
    watchers.forget_minor(2);
    EXPECT_TRUE(watchers.empty());
}

}  // namespace
}  // namespace axo::driver
