// sources: servers/rs/boot/boot_table.cpp servers/rs/rights/privileges.cpp
// Who may block on whom: as planned, and free of cycles.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "axo/ipc.hpp"
#include "servers/rs/boot/boot_table.hpp"

using namespace axo;
using namespace axo::rs;

namespace {

bool blocks(const BootEntry &a, const BootEntry &b) { return boot_privileges(a).may_block_on.test(b.endpoint.slot()); }

std::vector<std::string> sorted_words(const std::string &text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    std::sort(words.begin(), words.end());
    return words;
}

/// The exception: SEF's ready messages to RS, which RS answers without waiting for anybody.
bool is_ready_message(const BootEntry &b) { return b.endpoint == endpoint::rs; }

/// Whom each boot service may block on, RS' ready message apart. A change here is a change of the plan's section 1.
TEST(BootTable, who_may_block_on_whom_is_as_planned) {
    const std::map<std::string, std::string> planned{
        {"rs", ""},           {"vm", ""},          {"ds", "vm"},        {"pm", "vm ds"},
        {"vfs", "vm ds"},     {"memory", "vm ds"}, {"log", "vm ds"},    {"tty", "vm ds"},
        {"fs_root", "vm ds"}, {"tmpfs", "vm ds"},  {"procfs", "vm ds"}, {"random", "vm ds"},
    };
    for (const BootEntry &a : boot_table()) {
        std::string found;
        for (const BootEntry &b : boot_table()) {
            if (!blocks(a, b) || is_ready_message(b)) continue;
            found += (found.empty() ? "" : " ") + std::string(b.label);
        }
        const std::string label(a.label);
        ASSERT_TRUE(planned.contains(label)) << label << " blocks on: " << found;
        EXPECT_EQ(sorted_words(found), sorted_words(planned.at(label))) << label;
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
