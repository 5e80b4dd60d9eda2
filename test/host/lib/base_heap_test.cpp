// The heap against a model: contents survive, everything comes back, alignment holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "lib/base/heap.hpp"
#include "lib/base/owned.hpp"
#include "lib/sys/arena.hpp"

using namespace axo;

namespace {

struct Pool {
    explicit Pool(std::size_t bytes, Heap::Area area = Heap::Area::fixed) : memory(bytes + 16) {
        heap.adopt(
            reinterpret_cast<void *>((reinterpret_cast<std::uintptr_t>(memory.data()) + 15) & ~std::uintptr_t{15}),
            bytes, area);
    }
    std::vector<std::byte> memory;
    Heap heap;
};

std::vector<std::byte> growing_memory;
std::size_t growing_used;
Result<std::size_t> grow_by_step(void *, Heap::Area, std::size_t bytes) {
    const std::size_t added = (bytes + 4095) & ~std::size_t{4095};
    if (growing_used + added > growing_memory.size()) return Error::no_memory;
    growing_used += added;
    return added;
}

}  // namespace

/// A live update must not find left-over addresses in what an object does not fill.
TEST(Heap, memory_of_an_arena_is_zero_whatever_lay_there) {
    Pool pool(1 << 16, Heap::Area::arena);
    for (const std::size_t bytes : {std::size_t{24}, std::size_t{1000}, std::size_t{5000}}) {
        for (const std::size_t align : {std::size_t{16}, std::size_t{4096}}) {
            for (int round = 0; round < 2; ++round) {
                auto *at = static_cast<unsigned char *>(*pool.heap.allocate(bytes, align));
                EXPECT_EQ(std::count(at, at + bytes, 0), static_cast<long>(bytes));
                std::memset(at, 0x10, bytes);
                pool.heap.free(at);
            }
        }
    }
}

TEST(Heap, random_operations_keep_contents) {
    Pool pool(1 << 20);
    std::mt19937 random(1);
    std::map<unsigned char *, std::pair<std::size_t, unsigned char>> live;
    for (int step = 0; step < 20000; ++step) {
        if (live.empty() || random() % 5 < 3) {
            const std::size_t bytes = random() % 8 == 0 ? random() % 9000 : random() % 300;
            const std::size_t align = random() % 10 == 0 ? std::size_t{16} << random() % 9 : 16;
            const auto memory = pool.heap.allocate(bytes, align);
            if (!memory) {
                for (auto &[at, what] : live) pool.heap.free(at);
                live.clear();
                EXPECT_EQ(pool.heap.used_bytes(), 0u);
                continue;
            }
            auto *at = static_cast<unsigned char *>(*memory);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % align, 0u);
            const auto fill = static_cast<unsigned char>(random());
            std::memset(at, fill, bytes);
            ASSERT_TRUE(live.emplace(at, std::pair(bytes, fill)).second);
        } else {
            auto it = live.begin();
            std::advance(it, static_cast<long>(random() % live.size()));
            for (std::size_t i = 0; i < it->second.first; ++i) ASSERT_EQ(it->first[i], it->second.second);
            pool.heap.free(it->first);
            live.erase(it);
        }
    }
    for (auto &[at, what] : live) pool.heap.free(at);
    EXPECT_EQ(pool.heap.used_blocks(), 0u);
    EXPECT_TRUE(pool.heap.allocate((1 << 20) - 64));  // merged back into one piece
}

TEST(Heap, refuses_what_is_too_large) {
    Pool pool(4096);
    EXPECT_EQ(pool.heap.allocate(8192).error(), Error::no_memory);
    EXPECT_EQ(pool.heap.allocate(~std::size_t{0}).error(), Error::no_memory);
    EXPECT_EQ(pool.heap.allocate(16, std::size_t{1} << 20).error(), Error::no_memory);
    EXPECT_TRUE(pool.heap.allocate(0));
    pool.heap.free(nullptr);
}

TEST(Heap, grows_at_its_end) {
    growing_memory.resize(256 * 1024);
    auto start = (reinterpret_cast<std::uintptr_t>(growing_memory.data()) + 15) & ~std::uintptr_t{15};
    growing_used = 8192;
    Heap heap;
    heap.adopt(reinterpret_cast<void *>(start), 4096, Heap::Area::scratch);
    sys::set_grow_area({grow_by_step, nullptr});
    std::vector<void *> blocks;
    while (auto block = heap.allocate(3000)) blocks.push_back(*block);
    EXPECT_GT(blocks.size(), 50u);
    for (void *block : blocks) heap.free(block);
    EXPECT_EQ(heap.used_bytes(), 0u);
    EXPECT_TRUE(heap.allocate(200 * 1024));
    sys::set_grow_area({});
}

TEST(Owned, destroys_once) {
    Pool pool(4096);
    static int alive = 0;
    struct Counted {
        Counted() { ++alive; }
        ~Counted() { --alive; }
    };
    {
        auto owned = make_owned<Counted>(pool.heap);
        ASSERT_TRUE(owned);
        Owned<Counted> other = std::move(*owned);
        EXPECT_EQ(alive, 1);
        EXPECT_FALSE(*owned);
    }
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(pool.heap.used_blocks(), 0u);
}
