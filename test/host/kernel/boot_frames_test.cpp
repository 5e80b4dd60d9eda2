// sources: kernel/boot/frames.cpp
// The boot allocator gives every frame once and none of kernel, archive or firmware.
#include "kernel/boot/frames.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

namespace axo::kernel::arch {
alignas(page_size) std::byte host_ram[page_size];  // arch/ram.hpp; the allocator never writes to what it gives
}

namespace axo::kernel {

void panic(const char *, ...) { std::abort(); }

namespace boot {
namespace {

BootInfo machine() {
    BootInfo info{};
    info.ram[0] = {PhysAddr{0}, 0x9'fc00};
    info.ram[1] = {PhysAddr{0x10'0000}, 0x10'0000};
    info.ram_count = 2;
    info.kernel_start = PhysAddr{0x10'0000};
    info.kernel_end = PhysAddr{0x14'0800};
    info.archive = {PhysAddr{0x18'0000}, 0x1'0001};
    return info;
}

TEST(BootFramesTest, gives_each_free_frame_once) {
    BootFrames frames(machine());
    const std::size_t expected = (0x9'f000 - 0x1'0000 + 0x18'0000 - 0x14'1000 + 0x20'0000 - 0x19'1000) / page_size;
    ASSERT_EQ(frames.available(), expected);
    std::set<std::uint64_t> seen;
    while (frames.available() != 0) {
        const std::uint64_t frame = frames.take().value;
        EXPECT_EQ(frame % page_size, 0u);
        EXPECT_TRUE(seen.insert(frame).second);
        EXPECT_GE(frame, 0x1'0000u);
        EXPECT_FALSE(frame >= 0x9'f000 && frame < 0x14'1000) << std::hex << frame;
        EXPECT_FALSE(frame >= 0x18'0000 && frame < 0x19'1000) << std::hex << frame;
        EXPECT_LT(frame, 0x20'0000u);
    }
    EXPECT_EQ(seen.size(), expected);
    MemoryRange left[8];
    EXPECT_EQ(frames.remaining(left), 0u);
}

TEST(BootFramesTest, remaining_is_what_was_not_taken) {
    BootFrames frames(machine());
    const PhysAddr first = frames.take();
    MemoryRange left[8];
    const std::size_t count = frames.remaining(left);
    ASSERT_EQ(count, 3u);
    EXPECT_EQ(left[0].start, first.offset(page_size));
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += left[i].bytes;
    EXPECT_EQ(bytes, frames.available() * page_size);
    frames.give(first);
    EXPECT_EQ(frames.take(), first);
}

TEST(BootFramesTest, overlapping_disordered_and_odd_ranges_count_once) {
    BootInfo info = machine();
    info.ram[2] = {PhysAddr{0x1f'0000}, 0x2'0000};  // half of it in range 1
    info.ram[3] = {PhysAddr{0xf'0001}, 0x1000};     // no whole page
    info.ram[4] = {PhysAddr{~0ull - 100}, 4096};    // wraps
    info.ram_count = 5;
    std::swap(info.ram[0], info.ram[2]);
    const std::size_t plain = BootFrames(machine()).available();
    EXPECT_EQ(BootFrames(info).available(), plain + 0x1'0000 / page_size);
}

TEST(BootFramesTest, kernel_over_the_whole_range_leaves_nothing) {
    BootInfo info{};
    info.ram[0] = {PhysAddr{0x10'0000}, 0x1'0000};
    info.ram_count = 1;
    info.kernel_start = PhysAddr{0x10'0000};
    info.kernel_end = PhysAddr{0x20'0000};
    EXPECT_EQ(BootFrames(info).available(), 0u);
}

}  // namespace
}  // namespace boot
}  // namespace axo::kernel
