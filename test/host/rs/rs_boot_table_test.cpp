// sources: servers/rs/boot/boot_table.cpp servers/rs/rights/privileges.cpp
// Who may block on whom: printed, and checked to be free of cycles.
#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

#include "axo/ipc.hpp"
#include "servers/rs/boot/boot_table.hpp"

using namespace axo;
using namespace axo::rs;

namespace {

bool blocks(const BootEntry &a, const BootEntry &b) { return boot_privileges(a).may_block_on.test(b.endpoint.slot()); }

/// The exception: SEF's ready messages to RS, which RS answers without waiting for anybody.
bool is_ready_message(const BootEntry &b) { return b.endpoint == endpoint::rs; }

TEST(BootTable, prints_who_may_block_on_whom) {
    std::printf("%-8s blocks on:\n", "");
    for (const BootEntry &a : boot_table()) {
        std::printf("%-8s", a.label.data());
        for (const BootEntry &b : boot_table())
            if (blocks(a, b)) std::printf(" %s%s", b.label.data(), is_ready_message(b) ? "(ready)" : "");
        std::printf("\n");
    }
}

TEST(BootTable, blocking_has_no_cycle) {
    // Takes away whoever blocks on nobody left, until nobody is left: Kahn's algorithm.
    std::vector<const BootEntry *> left;
    for (const BootEntry &entry : boot_table()) left.push_back(&entry);
    for (bool progress = true; progress;) {
        progress = false;
        for (std::size_t i = 0; i < left.size(); ++i) {
            bool waits = false;
            for (const BootEntry *other : left)
                waits = waits || (!is_ready_message(*other) && blocks(*left[i], *other));
            if (waits) continue;
            left.erase(left.begin() + static_cast<long>(i));
            progress = true;
            break;
        }
    }
    for (const BootEntry *entry : left) ADD_FAILURE() << entry->label << " is in a cycle";
}

TEST(BootTable, rs_and_vm_block_on_nobody_and_ds_on_vm_only) {
    for (const BootEntry &other : boot_table()) {
        EXPECT_FALSE(blocks(*find_boot_entry(endpoint::rs), other)) << other.label;
        if (is_ready_message(other)) continue;
        EXPECT_FALSE(blocks(*find_boot_entry(endpoint::vm), other)) << other.label;
        EXPECT_EQ(blocks(*find_boot_entry(endpoint::ds), other), other.endpoint == endpoint::vm) << other.label;
    }
}

TEST(BootTable, a_service_blocks_on_vm_and_ds_at_most) {
    for (const BootEntry &a : boot_table())
        for (const BootEntry &b : boot_table())
            EXPECT_TRUE(!blocks(a, b) || is_ready_message(b) || b.endpoint == endpoint::vm ||
                        b.endpoint == endpoint::ds)
                << a.label << " on " << b.label;
}

TEST(BootTable, sending_is_allowed_both_ways) {
    for (const BootEntry &a : boot_table())
        for (const BootEntry &b : boot_table())
            EXPECT_EQ(boot_privileges(a).may_send_to.test(b.endpoint.slot()),
                      boot_privileges(b).may_send_to.test(a.endpoint.slot()))
                << a.label << " " << b.label;
}

TEST(BootTable, only_pm_forks_and_only_vm_maps) {
    for (const BootEntry &entry : boot_table()) {
        const auto calls = boot_privileges(entry).kernel_calls;
        EXPECT_EQ(calls.test(call_bit(KernelCall::fork)), entry.endpoint == endpoint::pm) << entry.label;
        EXPECT_EQ(calls.test(call_bit(KernelCall::set_route)), entry.endpoint == endpoint::pm) << entry.label;
        EXPECT_EQ(calls.test(call_bit(KernelCall::map)), entry.endpoint == endpoint::vm) << entry.label;
        EXPECT_EQ(calls.test(call_bit(KernelCall::port_out)), entry.endpoint == endpoint::tty) << entry.label;
        EXPECT_TRUE(calls.test(call_bit(KernelCall::diagnostics))) << entry.label;
    }
}

TEST(BootTable, users_may_only_make_calls) {
    EXPECT_EQ(user_privileges().traps, trap_bit(IpcCall::sendrec));
    for (const std::uint64_t word : user_privileges().kernel_calls.words) EXPECT_EQ(word, 0u);
}

}  // namespace
