// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// Kernel calls whose size a user or a service decides: in rounds, with interrupts let in between, and right in the end.
#include "fake/fake_arch.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/process/death.hpp"

#include <cstring>

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }
constexpr std::uint64_t low = 0x1000'0000, many = 32 * 512, large = 2 << 20;

class LongCalls : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        vm = &named(endpoint::vm);
        a = &dynamic_service();
        b = &dynamic_service();
        // More frames for tables than a fresh kernel has.
        for (std::uint64_t frame = 0x40'0000; frame < 0x60'0000; frame += page_size)
            the_kernel.table_pool.donate({frame});
    }
    void map(Process &process, std::uint64_t address, std::uint64_t pages) {
        UserPageTable table = process.space->table();
        ASSERT_TRUE(table.map({address}, {0x70'0000}, pages, map_flag::write, the_kernel.table_pool));
    }
    static bool is_mapped(Process &process, std::uint64_t address) {
        return process.space->table().query({address}).has_value();
    }
    static std::uint32_t flags(Process &process, std::uint64_t address) {
        return process.space->table().query({address})->flags;
    }
    /// Begins the call; true: there is more to do, and interrupts come in now.
    bool begin(Process &caller, KernelCall number, std::uint64_t p, std::uint64_t q = 0, std::uint64_t r = 0,
               std::uint64_t s = 0, std::uint64_t t = 0) {
        Registers &registers = caller.registers;
        registers.rax = number_of(number);
        registers.rdi = p;
        registers.rsi = q;
        registers.rdx = r;
        registers.r10 = s;
        registers.r8 = t;
        kernel_call(caller);
        return caller.call_pending;
    }
    /// Goes on to the end; the rounds it took beside the first.
    unsigned finish(Process &caller) {
        unsigned rounds = 0;
        for (; caller.call_pending; ++rounds) continue_kernel_call(caller);
        return rounds;
    }
    Process *vm, *a, *b;
};

TEST_F(LongCalls, unmapping_a_large_range_goes_on_in_rounds) {
    map(*a, low, many);
    map(*a, low + many * page_size, 1);
    ASSERT_TRUE(begin(*vm, KernelCall::unmap, a->endpoint.value, low, many));
    EXPECT_FALSE(is_mapped(*a, low));
    EXPECT_TRUE(is_mapped(*a, low + (many - 1) * page_size));
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_EQ(result(*vm), 0);
    EXPECT_FALSE(is_mapped(*a, low + (many - 1) * page_size));
    EXPECT_TRUE(is_mapped(*a, low + many * page_size)) << "the page behind it";
}

TEST_F(LongCalls, unmapping_pages_that_lie_far_apart_goes_on_in_rounds) {
    constexpr unsigned pages = 300;
    const std::size_t before = the_kernel.table_pool.available();
    for (unsigned i = 0; i < pages; ++i) map(*a, low + i * large, 1);
    ASSERT_TRUE(begin(*vm, KernelCall::unmap, a->endpoint.value, low, pages * 512));
    EXPECT_TRUE(is_mapped(*a, low + (pages - 1) * large));
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_LE(finish(*vm), pages);
    EXPECT_FALSE(is_mapped(*a, low + (pages - 1) * large));
    EXPECT_EQ(the_kernel.table_pool.available(), before);
}

TEST_F(LongCalls, unmapping_an_empty_half_of_the_address_space_is_soon_done) {
    begin(*vm, KernelCall::unmap, a->endpoint.value, layout::user_first,
          (layout::user_end - layout::user_first) / page_size);
    EXPECT_LE(finish(*vm), 3u);
    EXPECT_EQ(result(*vm), 0);
}

TEST_F(LongCalls, protecting_a_large_range_goes_on_in_rounds) {
    map(*a, low, many);
    ASSERT_TRUE(begin(*vm, KernelCall::protect, a->endpoint.value, low, many, 0));
    EXPECT_EQ(flags(*a, low), 0u);
    EXPECT_EQ(flags(*a, low + (many - 1) * page_size), map_flag::write);
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_EQ(flags(*a, low + (many - 1) * page_size), 0u);
}

TEST_F(LongCalls, cloning_a_large_range_goes_on_in_rounds) {
    map(*a, low, many);
    ASSERT_TRUE(begin(*vm, KernelCall::clone_range, a->endpoint.value, b->endpoint.value, low, many));
    EXPECT_TRUE(is_mapped(*b, low));
    EXPECT_FALSE(is_mapped(*b, low + (many - 1) * page_size));
    EXPECT_EQ(flags(*a, low + (many - 1) * page_size), map_flag::write) << "not yet";
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_EQ(result(*vm), 0);
    for (const std::uint64_t page : {0ul, many / 2, many - 1})
        for (Process *process : {a, b}) EXPECT_EQ(flags(*process, low + page * page_size), 0u);
}

TEST_F(LongCalls, a_clone_that_needed_more_tables_in_its_middle_is_made_whole_by_the_next) {
    map(*a, low, many);
    while (the_kernel.table_pool.available() > 8) (void)the_kernel.table_pool.reclaim();
    const auto clone = [&] {
        begin(*vm, KernelCall::clone_range, a->endpoint.value, b->endpoint.value, low, many);
        finish(*vm);
        return result(*vm);
    };
    EXPECT_EQ(clone(), wire(Error::tables_needed));
    for (std::uint64_t frame = 0x60'0000; frame < 0x62'0000; frame += page_size) the_kernel.table_pool.donate({frame});
    EXPECT_EQ(clone(), 0);
    for (std::uint64_t page = 0; page < many; ++page) ASSERT_TRUE(is_mapped(*b, low + page * page_size)) << page;
}

TEST_F(LongCalls, the_space_of_whoever_goes_away_meanwhile_ends_the_call) {
    map(*a, low, many);
    ASSERT_TRUE(begin(*vm, KernelCall::unmap, a->endpoint.value, low, many));
    destroy(*a);
    finish(*vm);
    EXPECT_EQ(result(*vm), wire(Error::invalid));
}

TEST_F(LongCalls, the_tables_of_a_large_space_come_back_in_rounds) {
    const std::size_t before = the_kernel.table_pool.in_use();
    for (unsigned i = 0; i < 300; ++i) map(*a, low + i * large, 1);
    const auto used = static_cast<long>(the_kernel.table_pool.in_use() - before);
    ASSERT_TRUE(begin(*vm, KernelCall::space_destroy, a->endpoint.value));
    EXPECT_EQ(a->space, nullptr) << "nobody runs in it from the first round on";
    EXPECT_GT(the_kernel.table_pool.in_use(), before);
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_EQ(result(*vm), used + 1) << "and the root";
    EXPECT_EQ(the_kernel.table_pool.in_use(), before - 1);
}

TEST_F(LongCalls, a_process_is_gone_at_once_and_its_tables_in_rounds) {
    const std::size_t before = the_kernel.table_pool.in_use();
    for (unsigned i = 0; i < 300; ++i) map(*a, low + i * large, 1);
    const Endpoint name = a->endpoint;
    ASSERT_TRUE(begin(*vm, KernelCall::clear, name.value));
    EXPECT_EQ(find_process(name), nullptr);
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_EQ(result(*vm), 0);
    EXPECT_EQ(the_kernel.table_pool.in_use(), before - 1);
}

/// The one who clears dies in the middle of it.
TEST_F(LongCalls, tables_that_were_left_come_back_with_the_next_that_goes) {
    const std::size_t before = the_kernel.table_pool.in_use();
    for (unsigned i = 0; i < 300; ++i) map(*a, low + i * large, 1);
    Process &manager = named(endpoint::pm);
    ASSERT_TRUE(begin(manager, KernelCall::clear, a->endpoint.value));
    manager.call_pending = false;
    Process &other = dynamic_service();
    EXPECT_EQ(call(*vm, KernelCall::clear, other.endpoint.value), 0);
    EXPECT_EQ(the_kernel.table_pool.in_use(), before - 1);
}

TEST_F(LongCalls, a_string_of_port_accesses_goes_on_in_rounds) {
    for (unsigned i = 0; i < 4; ++i) map_page(*a, low + i * page_size);
    fake::port_value = 0x1234'5678;
    constexpr std::uint64_t units = 4096;
    ASSERT_TRUE(begin(*a, KernelCall::port_string, 0x1f0, 4, low, units, 0));
    const auto word = [&](std::uint64_t unit) {
        std::uint32_t value = 0;
        EXPECT_TRUE(peek(*a, {low + unit * 4}, &value, sizeof value));
        return value;
    };
    EXPECT_EQ(word(0), 0x1234'5678u);
    EXPECT_EQ(word(units - 1), 0u);
    EXPECT_GE(finish(*a), 7u);
    EXPECT_EQ(result(*a), 0);
    for (std::uint64_t unit = 0; unit < units; ++unit) ASSERT_EQ(word(unit), 0x1234'5678u) << unit;
}

TEST_F(LongCalls, frames_are_all_checked_in_rounds_before_the_first_is_cleared) {
    auto *memory = static_cast<std::byte *>(arch::ram({0x62'0000}));
    memory[0] = std::byte{1};
    begin(*vm, KernelCall::zero_frames, 0x62'0000, 64 << 10);
    finish(*vm);
    EXPECT_EQ(result(*vm), wire(Error::not_permitted)) << "RAM ends before";
    EXPECT_EQ(memory[0], std::byte{1});
    ASSERT_TRUE(begin(*vm, KernelCall::zero_frames, 0x62'0000, 64));
    EXPECT_GE(finish(*vm), 2u);
    EXPECT_EQ(memory[0], std::byte{0});
    EXPECT_FALSE(begin(*vm, KernelCall::zero_frames, 0x62'0000, ~0ull)) << "more than there is";
    EXPECT_EQ(result(*vm), wire(Error::not_permitted));
}

TEST_F(LongCalls, no_more_frames_are_given_for_tables_at_once_than_one_round_takes) {
    EXPECT_EQ(call(*vm, KernelCall::donate_frames, 0x62'0000, 1 << 20), wire(Error::too_big));
    EXPECT_EQ(call(*vm, KernelCall::donate_frames, 0x62'0000, 64), 0);
}

TEST_F(LongCalls, a_clock_that_is_changing_is_waited_for_with_interrupts_on) {
    fake::clock_changes_for = 5;
    ASSERT_TRUE(begin(*a, KernelCall::read_cmos, 0));
    EXPECT_EQ(finish(*a), 5u);
    EXPECT_EQ(result(*a), 1'000'000);
    fake::clock_changes_for = ~0u;  // a broken one
    ASSERT_TRUE(begin(*a, KernelCall::read_cmos, 0));
    EXPECT_LE(finish(*a), 100'000u);
    EXPECT_EQ(result(*a), 1'000'000);
}

}  // namespace
}  // namespace axo::kernel
