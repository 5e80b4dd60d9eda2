// sources: servers/pm/process/process_table.cpp
// Pids and the two ways to find a process.
#include <gtest/gtest.h>

#include "servers/pm/process/process_table.hpp"
#include "test/host/fake/fake_sys.hpp"

using namespace axo;
using namespace axo::pm;

namespace {

class ProcessTableTest : public testing::Test {
protected:
    fake::System system;
    ProcessTable table{arena_heap()};
};

TEST_F(ProcessTableTest, stale_endpoint_finds_nobody) {
    Process *process = *table.create();
    table.bind(*process, Endpoint::make(20, 3));
    EXPECT_EQ(table.find(Endpoint::make(20, 3)), process);
    EXPECT_EQ(table.find(Endpoint::make(20, 2)), nullptr);
    EXPECT_EQ(table.find(endpoint::any), nullptr);
    table.unbind(*process);
    EXPECT_EQ(table.find(Endpoint::make(20, 3)), nullptr);
    EXPECT_EQ(table.find_pid(process->pid), process);
}

TEST_F(ProcessTableTest, zombie_does_not_hide_the_new_tenant_of_its_slot) {
    Process *zombie = *table.create(), *young = *table.create();
    table.bind(*zombie, Endpoint::make(20, 1));
    table.unbind(*zombie);
    table.bind(*young, Endpoint::make(20, 2));
    table.destroy(*zombie);
    EXPECT_EQ(table.find(Endpoint::make(20, 2)), young);
}

TEST_F(ProcessTableTest, pid_in_use_as_group_is_not_given_out) {
    Process *leader = *table.create(), *member = *table.create();
    const std::uint32_t group = leader->pid;
    member->group = group;
    table.destroy(*leader);
    for (unsigned i = 0; i < 2 * ProcessTable::last_pid; ++i) {
        Process *process = *table.create();
        ASSERT_NE(process->pid, group);
        table.destroy(*process);
    }
}

TEST_F(ProcessTableTest, records_return_their_memory) {
    const std::size_t before = arena_heap().used_bytes();
    for (unsigned i = 0; i < 100; ++i) ASSERT_TRUE(table.create());
    while (Process *process = table.all().front()) table.destroy(*process);
    EXPECT_EQ(arena_heap().used_bytes(), before);
    EXPECT_EQ(table.count(), 0u);
}

TEST_F(ProcessTableTest, adopted_child_changes_its_parent) {
    Process *a = *table.create(), *b = *table.create(), *child = *table.create();
    ProcessTable::adopt(*a, *child);
    ProcessTable::adopt(*b, *child);
    EXPECT_TRUE(a->children.empty());
    EXPECT_EQ(b->children.front(), child);
    EXPECT_EQ(child->parent, b);
}

}  // namespace
