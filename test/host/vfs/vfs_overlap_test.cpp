// sources: test/host/vfs/vfs_machine.cpp test/host/vfs/overlap_model.cpp test/host/vfs/overlap_history.cpp test/host/vfs/overlap_users.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// VFS with many calls under way at once: file systems answer late and in any order. Every answer must be one that some
// order of the calls gives, whoever still waits must have reason to, and nothing stays behind in any round.
// OVERLAP_SEED=n runs one seed, OVERLAP_ROUNDS=n more of them.
#include "test/host/vfs/overlap_users.hpp"

namespace axo::overlap {
namespace {

std::uint64_t from_environment(const char *name, std::uint64_t otherwise) {
    const char *value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

/// Rounds over many seeds; the first failure names the one to repeat.
void campaign(std::uint64_t first_seed, const Mix &mix) {
    const std::uint64_t only = from_environment("OVERLAP_SEED", 0);
    const std::uint64_t seeds = only != 0 ? 1 : from_environment("OVERLAP_ROUNDS", 25);
    std::size_t most = 0;
    for (std::uint64_t i = 0; i < seeds && !testing::Test::HasFailure(); ++i) {
        const std::uint64_t seed = only != 0 ? only : first_seed + i;
        SCOPED_TRACE("OVERLAP_SEED=" + std::to_string(seed));
        Users users(seed);
        for (unsigned round = 0; round < 8 && !testing::Test::HasFailure(); ++round) users.round(mix);
        most = std::max(most, users.traffic().most_unanswered());
    }
    EXPECT_GE(most, only != 0 ? 0u : 3u) << "requests did not overlap";
}

TEST(VfsOverlap, every_answer_is_explained_by_some_order) { campaign(1000, {}); }
TEST(VfsOverlap, processes_die_at_any_moment) { campaign(2000, {.kill_one_in = 60}); }
TEST(VfsOverlap, signals_come_at_any_moment) { campaign(3000, {.cancel_one_in = 10}); }
TEST(VfsOverlap, mounts_come_and_go) { campaign(4000, {.mounts = true}); }
TEST(VfsOverlap, memory_fails_anywhere) { campaign(5000, {.memory_fails_one_in = 40}); }
TEST(VfsOverlap, mounts_end_well_without_memory) { campaign(8000, {.mounts = true, .memory_fails_one_in = 20}); }
TEST(VfsOverlap, answers_come_twice_and_unasked) { campaign(6000, {.doubled_one_in = 4, .foreign_one_in = 4}); }
TEST(VfsOverlap, locks_are_had_awaited_and_ended) { campaign(9000, {.cancel_one_in = 30, .locks = true}); }
TEST(VfsOverlap, one_tree_is_seen_in_two_places) { campaign(10000, {.bound = true}); }
TEST(VfsOverlap, everything_at_once) {
    campaign(7000, {.users = 4,
                    .calls = 30,
                    .kill_one_in = 100,
                    .cancel_one_in = 20,
                    .mounts = true,
                    .bound = true,
                    .memory_fails_one_in = 60,
                    .doubled_one_in = 8,
                    .foreign_one_in = 8});
}

}  // namespace
}  // namespace axo::overlap
