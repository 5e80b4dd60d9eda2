// The containers of lib/base against those of the standard library.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "lib/base/bitmap.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/base/hash_map.hpp"
#include "lib/base/list.hpp"
#include "lib/base/pairing_heap.hpp"
#include "lib/base/queue.hpp"
#include "lib/base/ring.hpp"
#include "lib/base/string.hpp"
#include "lib/base/vector.hpp"

using namespace axo;

TEST(Vector, grows_inserts_and_erases) {
    Vector<String> vector;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(vector.push_back(*String::create(std::to_string(i))));
    EXPECT_TRUE(vector.insert(0, *String::create("first")));
    EXPECT_EQ(vector[0], "first");
    EXPECT_EQ(vector[100], "99");
    vector.erase(1, 99);
    EXPECT_EQ(vector.size(), 2u);
    vector.swap_remove(0);
    EXPECT_EQ(vector.take_back(), "99");
    EXPECT_TRUE(vector.empty());
    EXPECT_EQ(vector.reserve(std::size_t{1} << 60).error(), Error::no_memory);
    EXPECT_TRUE(vector.resize(3));
    EXPECT_EQ(vector[2], "");
}

TEST(Vector, full_heap_leaves_it_unchanged) {
    alignas(16) static std::byte memory[2048];
    Heap heap;
    heap.adopt(memory, sizeof memory, Heap::Area::fixed);
    Vector<std::uint64_t> vector(heap);
    std::uint64_t count = 0;
    while (vector.push_back(count)) ++count;
    EXPECT_EQ(vector.size(), count);
    for (std::uint64_t i = 0; i < count; ++i) EXPECT_EQ(vector[i], i);
}

TEST(HashMap, agrees_with_std_map) {
    HashMap<std::uint32_t, String> map;
    std::map<std::uint32_t, std::string> model;
    std::mt19937 random(3);
    for (int step = 0; step < 20000; ++step) {
        const std::uint32_t key = random() % 500;
        if (random() % 2 == 0) {
            const std::string text = std::to_string(random());
            EXPECT_TRUE(map.put(key, *String::create(text)));
            model[key] = text;
        } else {
            EXPECT_EQ(map.erase(key), model.erase(key) == 1);
        }
        const String *found = map.find(key);
        ASSERT_EQ(found != nullptr, model.contains(key));
        if (found != nullptr) { EXPECT_EQ(found->view(), model[key]); }
    }
    EXPECT_EQ(map.size(), model.size());
    std::size_t seen = 0;
    map.for_each([&](std::uint32_t key, const String &value) {
        ++seen;
        EXPECT_EQ(value.view(), model[key]);
    });
    EXPECT_EQ(seen, model.size());
    map.erase_if([](std::uint32_t key, const String &) { return key % 2 == 0; });
    for (const auto &[key, value] : model) EXPECT_EQ(map.contains(key), key % 2 == 1);
}

TEST(HashMap, existing_key_is_refused_and_text_keys_are_found_by_view) {
    HashMap<String, int> map;
    EXPECT_TRUE(map.insert(*String::create("one"), 1));
    EXPECT_EQ(map.insert(*String::create("one"), 2).error(), Error::exists);
    EXPECT_EQ(*map.find(std::string_view("one")), 1);
    EXPECT_EQ(map.find(std::string_view("two")), nullptr);
}

TEST(List, links_without_allocation) {
    struct Item {
        int value;
        ListNode node;
    };
    IntrusiveList<Item, &Item::node> list;
    Item a{1, {}}, b{2, {}}, c{3, {}};
    list.push_back(b);
    list.push_back(c);
    list.push_front(a);
    int expected = 1;
    for (const Item &item : list) EXPECT_EQ(item.value, expected++);
    list.remove(b);
    EXPECT_EQ(list.next(a), &c);
    EXPECT_EQ(list.count(), 2u);
    {
        Item gone{4, {}};
        list.push_back(gone);
    }
    EXPECT_EQ(list.back(), &c);
    EXPECT_EQ(list.pop_front(), &a);
    EXPECT_EQ(list.pop_front(), &c);
    EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(PairingHeap, comes_out_in_order) {
    struct Item {
        unsigned key;
        PairingNode node;
        bool before(const Item &other) const { return key < other.key; }
    };
    std::mt19937 random(5);
    std::vector<std::unique_ptr<Item>> items;
    PairingHeap<Item, &Item::node> heap;
    std::multimap<unsigned, Item *> model;
    for (int step = 0; step < 20000; ++step) {
        const unsigned what = static_cast<unsigned>(random() % 3);
        if (what == 0 || model.empty()) {
            items.push_back(std::make_unique<Item>());
            items.back()->key = static_cast<unsigned>(random() % 1000);
            heap.insert(*items.back());
            model.emplace(items.back()->key, items.back().get());
        } else {
            auto victim = model.begin();
            if (what == 1)
                std::advance(victim, static_cast<long>(random() % model.size()));
            else
                ASSERT_EQ(heap.first()->key, victim->first);
            heap.remove(*victim->second);
            EXPECT_FALSE(victim->second->node.queued());
            model.erase(victim);
        }
        ASSERT_EQ(heap.empty(), model.empty());
        if (!model.empty()) { ASSERT_EQ(heap.first()->key, model.begin()->first); }
    }
}

TEST(Ring, wraps) {
    Ring<char, 8> ring;
    EXPECT_EQ(ring.write(std::span("abcdef", 6)), 6u);
    char out[8] = {};
    EXPECT_EQ(ring.read(std::span(out, 4)), 4u);
    EXPECT_EQ(ring.write(std::span("ghijklmn", 8)), 6u);
    EXPECT_TRUE(ring.full());
    EXPECT_FALSE(ring.push('x'));
    EXPECT_EQ(ring.read(std::span(out, 8)), 8u);
    EXPECT_EQ(std::string(out, 8), "efghijkl");
}

TEST(Queue, first_in_first_out) {
    Queue<int> queue;
    int next_in = 0, next_out = 0;
    for (int round = 0; round < 1000; ++round) {
        for (int i = 0; i < round % 7; ++i) EXPECT_TRUE(queue.push(next_in++));
        for (int i = 0; i < round % 5 && !queue.empty(); ++i) EXPECT_EQ(queue.pop(), next_out++);
    }
    while (!queue.empty()) EXPECT_EQ(queue.pop(), next_out++);
    EXPECT_EQ(next_in, next_out);
}

TEST(Bitmap, finds_runs) {
    Bitmap<200> bitmap;
    BitmapView view = bitmap.view();
    view.set_range(0, 70);
    view.set_range(75, 60);
    EXPECT_EQ(view.find(false), 70u);
    EXPECT_EQ(view.find_clear_run(6), 135u);
    EXPECT_EQ(view.count_set(), 130u);
    view.set_range(135, 65);
    EXPECT_EQ(view.find_clear_run(6), std::nullopt);
    EXPECT_EQ(view.find(false, 75), std::nullopt);
}

TEST(FixedString, takes_text_from_messages) {
    EXPECT_EQ(Label::create("0123456789abcdef").error(), Error::name_too_long);
    EXPECT_EQ(Label::cut("0123456789abcdef"), "0123456789abcde");
    const char full[4] = {'a', 'b', 'c', 'd'};
    EXPECT_EQ(text_of(full), "abcd");
    char field[4];
    put_text(field, "xyzzy");
    EXPECT_EQ(text_of(field), "xyz");
}

TEST(String, formats_and_appends) {
    String text;
    EXPECT_STREQ(text.c_str(), "");
    EXPECT_TRUE(text.append_format("%s %d", "number", 5));
    EXPECT_TRUE(text.append('!'));
    EXPECT_EQ(text, "number 5!");
    EXPECT_TRUE(text.assign(text.view().substr(7)));
    EXPECT_EQ(text, "5!");
    text.truncate(1);
    EXPECT_EQ(text, "5");
    EXPECT_TRUE(text.resize(0));
    EXPECT_TRUE(text.empty());
}
