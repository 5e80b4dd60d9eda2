// The rules of the set*id family.
#include <gtest/gtest.h>

#include "servers/pm/process/credentials.hpp"

using namespace axo::pm;

namespace {

TEST(Credentials, root_sets_all_ids_at_once) {
    IdSet ids{0, 0, 0, 0};
    EXPECT_TRUE(set_id(ids, 100, true));
    EXPECT_EQ(ids, (IdSet{100, 100, 100, 100}));
}

TEST(Credentials, user_moves_between_real_and_saved_only) {
    IdSet ids{100, 100, 50, 100};
    EXPECT_TRUE(set_id(ids, 50, false));
    EXPECT_EQ(ids, (IdSet{100, 50, 50, 50}));
    EXPECT_TRUE(set_id(ids, 100, false));
    EXPECT_FALSE(set_id(ids, 0, false));
    EXPECT_EQ(ids.effective, 100u);
}

TEST(Credentials, setreuid_lets_the_saved_id_follow) {
    IdSet ids{100, 50, 50, 50};
    EXPECT_TRUE(set_real_effective(ids, 50, 100, false));
    EXPECT_EQ(ids, (IdSet{50, 100, 100, 100}));
    EXPECT_FALSE(set_real_effective(ids, 7, keep_id, false));
    EXPECT_FALSE(set_real_effective(ids, keep_id, 7, false));
    EXPECT_TRUE(set_real_effective(ids, keep_id, 50, false));
    EXPECT_EQ(ids.saved, 100u);
}

TEST(Credentials, setresuid_changes_nothing_when_one_id_is_refused) {
    IdSet ids{100, 50, 60, 50};
    const IdSet before = ids;
    EXPECT_FALSE(set_all(ids, 60, 50, 0, false));
    EXPECT_EQ(ids, before);
    EXPECT_TRUE(set_all(ids, 60, keep_id, 100, false));
    EXPECT_EQ(ids, (IdSet{60, 50, 100, 50}));
}

TEST(Credentials, signals_need_a_matching_id) {
    Credentials root, alice, bob, set_uid_program;
    alice.user = {100, 100, 100, 100};
    bob.user = {200, 200, 200, 200};
    set_uid_program.user = {100, 0, 0, 0};
    EXPECT_TRUE(may_signal(root, alice));
    EXPECT_TRUE(may_signal(alice, alice));
    EXPECT_FALSE(may_signal(alice, bob));
    EXPECT_FALSE(may_signal(alice, root));
    EXPECT_TRUE(may_signal(alice, set_uid_program));
}

}  // namespace
