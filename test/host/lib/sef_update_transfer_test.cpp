// sources: lib/sys/format_arena.cpp
// State carried from one arena into another with a changed schema: what is copied, what is migrated, what is refused.
#include <gtest/gtest.h>

#include "lib/base/hash.hpp"
#include "lib/base/hash_map.hpp"
#include "lib/base/owned.hpp"
#include "lib/base/string.hpp"
#include "lib/sef/transfer.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::sef {
namespace {

struct Item {
    explicit Item(int start) : value(start) {}
    ListNode node;
    int value;
};
using Items = IntrusiveList<Item, &Item::node>;

struct Tree {
    int value = 0;
    Owned<Tree> left, right;
};

struct Counter {
    std::uint32_t value;
};
struct WideCounter {
    std::uint64_t value;
};
void migrate(WideCounter &now, const Counter &before) { now.value = before.value + 1000u; }

struct Failing {
    std::uint64_t value;
};
Status migrate(Failing &, const Counter &) { return Error::io; }

struct Cursor {
    explicit Cursor(std::uint64_t &target) : at(target) {}
    std::uint64_t &at;
};

struct Before {
    explicit Before(Heap &heap) : numbers(heap), nested(heap), names(heap), text(heap) {}
    std::uint64_t plain = 1, dropped = 2;
    Vector<std::uint32_t> numbers;
    Vector<Vector<std::uint32_t>> nested;
    HashMap<std::uint32_t, String> names;
    String text;
    Items items;
    Owned<Tree> tree;
    Cursor cursor{plain};
    Counter counter{5};
};

/// The same fields elsewhere, and some more.
struct After {
    explicit After(Heap &heap) : text(heap), names(heap), nested(heap), numbers(heap) {}
    std::uint64_t added = 77;
    Cursor cursor{added};
    Owned<Tree> tree;
    Items items;
    String text;
    HashMap<std::uint32_t, String> names;
    Vector<Vector<std::uint32_t>> nested;
    Vector<std::uint32_t> numbers;
    WideCounter counter{0};
    std::uint64_t plain = 0;
};

/// What the generator would have written.
class SchemaBuilder {
public:
    template <class State>
    explicit SchemaBuilder(const State &state) : base_(reinterpret_cast<const std::byte *>(&state)) {
        schema().state_bytes = sizeof state;
    }
    template <class Field>
    SchemaBuilder &add(const char *name, const Field &field, std::uint64_t type) {
        SchemaField &next = schema().first[schema().field_count++];
        next.type = type;
        next.offset = static_cast<std::uint32_t>(reinterpret_cast<const std::byte *>(&field) - base_);
        next.bytes = sizeof field;
        std::snprintf(next.name_text, sizeof next.name_text, "%s", name);
        return *this;
    }
    Schema &schema() { return *reinterpret_cast<Schema *>(storage_); }

private:
    const std::byte *base_;
    alignas(Schema) std::byte storage_[sizeof(Schema) + 16 * sizeof(SchemaField)]{};
};

constexpr std::size_t arena_bytes = 256 * 1024;

struct TransferTest : testing::Test {
    fake::System system;
    struct alignas(page_size) Arena {
        std::byte bytes[arena_bytes];
    };
    std::unique_ptr<Arena> old_memory = std::make_unique<Arena>(), new_memory = std::make_unique<Arena>();
    sys::ArenaHeader &old_arena = sys::format_arena(old_memory.get(), arena_bytes, Heap::Area::fixed);
    sys::ArenaHeader &new_arena = sys::format_arena(new_memory.get(), arena_bytes, Heap::Area::fixed);
    Before &before = **create<Before>(old_arena.heap, old_arena.heap);
    After &after = **create<After>(new_arena.heap, new_arena.heap);
    std::unique_ptr<SchemaBuilder> old_schema = std::make_unique<SchemaBuilder>(before),
                                   new_schema = std::make_unique<SchemaBuilder>(after);

    TransferTest() {
        old_arena.state = &before;
        new_arena.state = &after;
        describe(*old_schema, before).add("dropped", before.dropped, 1).add("counter", before.counter, 41);
        describe(*new_schema, after).add("added", after.added, 1).add("counter", after.counter, 42);
        old_arena.schema_table = &old_schema->schema();
        new_arena.schema_table = &new_schema->schema();
    }

    template <class State>
    static SchemaBuilder &describe(SchemaBuilder &schema, const State &state) {
        return schema.add("plain", state.plain, 1)
            .add("numbers", state.numbers, 2)
            .add("nested", state.nested, 3)
            .add("names", state.names, 4)
            .add("text", state.text, 5)
            .add("items", state.items, 6)
            .add("tree", state.tree, 7)
            .add("cursor", state.cursor, 8);
    }

    static MigrationStep counter_step(std::uint64_t type = 41) {
        MigrationStep step = detail::StepOf<After, Migration<"counter", &After::counter, Counter>>::step();
        step.before_type = type;
        return step;
    }

    std::vector<std::uint64_t> drops = {Hash<std::string_view>::of("dropped")};
    Status transfer(std::initializer_list<MigrationStep> steps = {counter_step()}) {
        const std::vector<std::byte> image(old_memory->bytes, old_memory->bytes + arena_bytes);
        Transfer moving(old_arena, new_arena);
        const Status status = moving.run({steps.begin(), steps.size()}, drops);
        EXPECT_EQ(std::memcmp(image.data(), old_memory->bytes, arena_bytes), 0)
            << "the old version's state is not touched";
        return status;
    }
    /// Everything reachable lies in the new arena: the old one may be taken away.
    void take_old_away() { std::memset(static_cast<void *>(old_memory.get()), 0xee, arena_bytes); }
    bool logged(const char *text) {
        for (const std::string &line : system.log)
            if (line.find(text) != std::string::npos) return true;
        return false;
    }
};

TEST_F(TransferTest, fields_are_found_by_name_and_new_ones_keep_their_start_value) {
    before.plain = 123;
    ASSERT_TRUE(transfer());
    EXPECT_EQ(after.plain, 123u);
    EXPECT_EQ(after.added, 77u);
}

TEST_F(TransferTest, field_that_has_no_home_is_an_error_unless_it_may_be_lost) {
    drops.clear();
    EXPECT_EQ(transfer().error(), Error::not_supported);
    EXPECT_TRUE(logged("State.dropped would be lost"));
    drops = {Hash<std::string_view>::of("plain"), 0, 0};
    EXPECT_EQ(transfer().error(), Error::not_supported) << "another one";
    drops = {0, 0, Hash<std::string_view>::of("dropped")};
    EXPECT_TRUE(transfer());
}

TEST_F(TransferTest, field_that_was_renamed_without_a_migration_is_lost_and_an_error) {
    std::snprintf(new_schema->schema().first[0].name_text, 48, "renamed");
    EXPECT_EQ(transfer().error(), Error::not_supported);
    EXPECT_TRUE(logged("State.plain would be lost"));
}

TEST_F(TransferTest, containers_are_copied_with_all_they_own) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
        ASSERT_TRUE(before.numbers.push_back(i));
        Vector<std::uint32_t> row(old_arena.heap);
        ASSERT_TRUE(row.push_back(i * 2));
        ASSERT_TRUE(before.nested.push_back(std::move(row)));
        ASSERT_TRUE(before.names.insert(i, *String::create("name " + std::to_string(i), old_arena.heap)));
    }
    ASSERT_TRUE(before.text.assign("some text"));
    ASSERT_TRUE(transfer());
    take_old_away();
    EXPECT_EQ(after.text, "some text");
    ASSERT_EQ(after.numbers.size(), 1000u);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        ASSERT_EQ(after.numbers[i], i);
        ASSERT_EQ(after.nested[i][0], i * 2);
        ASSERT_EQ(*after.names.find(i), "name " + std::to_string(i));
    }
    ASSERT_TRUE(after.numbers.push_back(1)) << "its heap is the new arena's";
    ASSERT_TRUE(after.nested[7].push_back(1));
    ASSERT_TRUE(after.names.erase(5u));
    EXPECT_GT(new_arena.heap.used_blocks(), 2000u);
}

TEST_F(TransferTest, lists_and_trees_keep_their_shape) {
    for (int i = 0; i < 5; ++i) before.items.push_back(**create<Item>(old_arena.heap, i));
    before.tree = *make_owned<Tree>(old_arena.heap);
    before.tree->left = *make_owned<Tree>(old_arena.heap);
    before.tree->left->value = 9;
    ASSERT_TRUE(transfer());
    take_old_away();
    int expected = 0;
    for (const Item &item : after.items) EXPECT_EQ(item.value, expected++);
    EXPECT_EQ(expected, 5);
    while (Item *item = after.items.pop_front()) destroy(new_arena.heap, item);
    EXPECT_EQ(after.tree->left->value, 9);
    EXPECT_FALSE(after.tree->right);
    after.tree.reset();
}

TEST_F(TransferTest, empty_list_of_the_state_points_to_itself) {
    ASSERT_TRUE(transfer());
    take_old_away();
    EXPECT_TRUE(after.items.empty());
    after.items.push_back(**create<Item>(new_arena.heap, 3));
    EXPECT_EQ(after.items.count(), 1u);
}

TEST_F(TransferTest, pointer_to_another_field_follows_it) {
    ASSERT_TRUE(transfer());
    EXPECT_EQ(&after.cursor.at, &after.plain);
}

TEST_F(TransferTest, pointer_to_a_field_that_stays_behind_is_refused) {
    before.~Before();
    ::new (&before) Before(old_arena.heap);
    const auto moved = reinterpret_cast<std::uint64_t>(&before.dropped);
    std::memcpy(static_cast<void *>(&before.cursor), &moved, sizeof moved);
    EXPECT_EQ(transfer().error(), Error::not_supported);
    EXPECT_TRUE(logged("State.dropped, which stays behind"));
}

TEST_F(TransferTest, changed_type_needs_a_migrate) {
    EXPECT_EQ(transfer({}).error(), Error::not_supported);
    EXPECT_TRUE(logged("State.counter changed"));
}

TEST_F(TransferTest, migrate_is_found_by_its_types) {
    before.counter.value = 6;
    ASSERT_TRUE(transfer());
    EXPECT_EQ(after.counter.value, 1006u);
}

TEST_F(TransferTest, migrate_from_another_type_than_the_old_one_is_not_used) {
    EXPECT_EQ(transfer({counter_step(40)}).error(), Error::not_supported);
}

TEST_F(TransferTest, of_several_migrations_the_fitting_one_is_used) {
    ASSERT_TRUE(transfer({counter_step(39), counter_step(41)}));
    EXPECT_EQ(after.counter.value, 1005u);
}

TEST_F(TransferTest, renamed_field_is_assigned) {
    before.dropped = 31;
    MigrationStep rename = detail::StepOf<After, Migration<"dropped", &After::added, std::uint64_t>>::step();
    rename.before_type = 1;
    ASSERT_TRUE(transfer({counter_step(), rename}));
    EXPECT_EQ(after.added, 31u);
}

TEST_F(TransferTest, error_of_a_migrate_ends_the_update) {
    struct Local {
        Failing counter;
    };
    Local now{};
    EXPECT_EQ(
        (detail::StepOf<Local, Migration<"counter", &Local::counter, Counter>>::apply(&now, &before.counter)).error(),
        Error::io);
}

TEST_F(TransferTest, grants_keep_their_ids_and_follow_their_memory) {
    ASSERT_TRUE(before.numbers.push_back(5));
    const GrantId own = *old_arena.grants.direct(endpoint::vfs, before.numbers.data(), 4, sys::Access::read);
    const GrantId other = *old_arena.grants.direct(endpoint::vfs, &before, 0, sys::Access::read);
    old_arena.grants.revoke(other);
    ASSERT_TRUE(transfer());
    take_old_away();
    ASSERT_NE(new_arena.grants.find(own), nullptr);
    EXPECT_EQ(new_arena.grants.find(own)->address.value, reinterpret_cast<std::uint64_t>(after.numbers.data()));
    EXPECT_EQ(new_arena.grants.find(other), nullptr);
    EXPECT_EQ(new_arena.grants.in_use(), 1u);
    const GrantId next = *new_arena.grants.direct(endpoint::vfs, &after, 8, sys::Access::read);
    EXPECT_NE(next, other) << "a revoked id stays dead";
}

TEST_F(TransferTest, full_new_arena_is_no_memory) {
    while (new_arena.heap.allocate(1024)) {}
    while (new_arena.heap.allocate(16)) {}
    ASSERT_TRUE(before.numbers.reserve(1000));
    EXPECT_EQ(transfer().error(), Error::no_memory);
}

}  // namespace
}  // namespace axo::sef
