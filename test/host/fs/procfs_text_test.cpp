// sources: servers/procfs/process_text.cpp servers/procfs/system_text.cpp servers/procfs/tree.cpp servers/procfs/pci_names.cpp
// The files of /proc against the formats with which busybox reads them, and the walk over the names.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "lib/fs/mode.hpp"
#include "servers/procfs/process_text.hpp"
#include "servers/procfs/snapshots.hpp"
#include "servers/procfs/system_text.hpp"
#include "servers/procfs/ticks.hpp"
#include "servers/procfs/tree.hpp"
#include "test/host/fake/host_heap.hpp"

namespace axo::procfs {
namespace {

template <typename F>
std::string text_from(F put) {
    Text text;
    put(text);
    return std::string(text.view());
}

ProcessFacts some_process() {
    ProcessFacts facts{};
    facts.record.pid = 42;
    facts.record.parent = 7;
    facts.record.group = 40;
    facts.record.session = 39;
    facts.record.process = Endpoint{20};
    facts.record.nice = -5;
    facts.record.user = 3 * second;
    facts.record.system_time = second / 2;
    facts.record.started = 90 * second + second / 50;
    facts.record.real_uid = 1000;
    facts.record.effective_uid = 1001;
    facts.virtual_bytes = 3 * 1024 * 1024;
    facts.resident_bytes = 5 * page_size;
    facts.terminal = 0x440;
    std::snprintf(facts.record.name, sizeof facts.record.name, "a) b (c");
    return facts;
}

/// The scan of busybox' procps_scan, from behind the last ')'.
struct Scanned {
    char state[4];
    unsigned parent, group, session, terminal;
    unsigned long user, system, start, virtual_bytes, resident;
    long nice;
};
Scanned scan(const std::string &line) {
    Scanned s{};
    const std::size_t end = line.rfind(')');
    EXPECT_NE(end, std::string::npos);
    const int fields = std::sscanf(line.c_str() + end + 2,
                                   "%c %u %u %u %u %*s %*s %*s %*s %*s %*s %lu %lu %*s %*s %*s %ld %*s %*s %lu %lu %lu",
                                   s.state, &s.parent, &s.group, &s.session, &s.terminal, &s.user, &s.system, &s.nice,
                                   &s.start, &s.virtual_bytes, &s.resident);
    EXPECT_EQ(fields, 11) << line;
    return s;
}

TEST(ProcessStat, busybox_finds_every_field_behind_a_name_with_brackets) {
    const std::string line = text_from([](Text &text) { put_process_stat(text, some_process()); });
    EXPECT_EQ(line.find("42 (a) b (c) S "), 0u);
    const Scanned s = scan(line);
    EXPECT_EQ(s.state[0], 'S');
    EXPECT_EQ(s.parent, 7u);
    EXPECT_EQ(s.group, 40u);
    EXPECT_EQ(s.session, 39u);
    EXPECT_EQ(s.terminal, 0x440u);
    EXPECT_EQ(s.user, 300u);
    EXPECT_EQ(s.system, 50u);
    EXPECT_EQ(s.nice, -5);
    EXPECT_EQ(s.start, 9002u);
    EXPECT_EQ(s.virtual_bytes, 3u * 1024 * 1024);
    EXPECT_EQ(s.resident, 5u);
}

TEST(ProcessStat, has_52_fields_and_one_line) {
    ProcessFacts facts = some_process();
    std::snprintf(facts.record.name, sizeof facts.record.name, "cat");
    const std::string line = text_from([&](Text &text) { put_process_stat(text, facts); });
    EXPECT_EQ(std::count(line.begin(), line.end(), ' '), 51);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(ProcessStat, tells_zombies_stopped_and_running_apart) {
    ProcessFacts facts = some_process();
    const auto letter = [&] { return scan(text_from([&](Text &text) { put_process_stat(text, facts); })).state[0]; };
    facts.runnable = true;
    EXPECT_EQ(letter(), 'R');
    facts.record.life = pm::ProcessLife::stopped;
    EXPECT_EQ(letter(), 'T');
    facts.record.life = pm::ProcessLife::zombie;
    EXPECT_EQ(letter(), 'Z');
}

TEST(ProcessStatus, tells_names_and_ids) {
    const std::string text = text_from([](Text &out) { put_process_status(out, some_process()); });
    EXPECT_NE(text.find("Name:\ta) b (c\n"), std::string::npos);
    EXPECT_NE(text.find("\nPPid:\t7\n"), std::string::npos);
    EXPECT_NE(text.find("\nUid:\t1000\t1001\t0\t0\n"), std::string::npos);
    EXPECT_NE(text.find("\nVmRSS:\t      20 kB\n"), std::string::npos);
}

TEST(ProcessStatm, counts_pages) {
    EXPECT_EQ(text_from([](Text &text) { put_process_statm(text, some_process()); }), "768 5 0 0 0 768 0\n");
}

TEST(Meminfo, free_and_top_find_their_lines) {
    const vm::Counters::Reply frames{
        .total_frames = 1000, .free_frames = 600, .cached_frames = 100, .spaces = 0, .regions = 0, .table_frames = 10};
    const std::string text = text_from([&](Text &out) { put_meminfo(out, frames); });
    unsigned long total = 0, free = 0, available = 0, cached = 0;
    EXPECT_EQ(std::sscanf(text.c_str(), "MemTotal: %lu kB\nMemFree: %lu kB\nMemAvailable: %lu kB\n", &total, &free,
                          &available),
              3);
    EXPECT_EQ(std::sscanf(text.c_str() + text.find("\nCached:") + 1, "Cached: %lu %*s", &cached), 1);
    EXPECT_EQ(total, 4000u);
    EXPECT_EQ(free, 2400u);
    EXPECT_EQ(available, 2800u);
    EXPECT_EQ(cached, 400u);
    EXPECT_NE(text.find("\nSReclaimable:"), std::string::npos);
}

TEST(SystemStat, splits_the_time_into_users_services_and_idle) {
    SystemFacts facts{};
    facts.uptime = 100 * second;
    facts.idle = 60 * second;
    facts.services = 10 * second;
    facts.boot_second = 1234;
    const std::string text = text_from([&](Text &out) { put_system_stat(out, facts); });
    unsigned long user = 0, nice = 0, system = 0, idle = 0, wait = 1, irq = 1, soft = 1, stolen = 1;
    EXPECT_EQ(std::sscanf(text.c_str(), "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &user, &nice, &system, &idle, &wait,
                          &irq, &soft, &stolen),
              8);
    EXPECT_EQ(user, 3000u);
    EXPECT_EQ(system, 1000u);
    EXPECT_EQ(idle, 6000u);
    EXPECT_NE(text.find("\nbtime 1234\n"), std::string::npos);
}

TEST(SystemStat, never_counts_more_than_the_time_that_passed) {
    SystemFacts facts{};
    facts.uptime = 10 * second;
    facts.idle = 9 * second;
    facts.services = 3 * second;
    EXPECT_EQ(text_from([&](Text &out) { put_system_stat(out, facts); }).find("cpu  0 0 100 900 "), 0u);
}

TEST(Uptime, has_two_digits_behind_the_point) {
    SystemFacts facts{};
    facts.uptime = 61 * second + second / 20;
    facts.idle = second / 100 * 7;
    EXPECT_EQ(text_from([&](Text &out) { put_uptime(out, facts); }), "61.05 0.07\n");
}

TEST(LoadAverage, rises_to_the_number_of_runnable_processes_and_falls_back) {
    LoadAverage load;
    for (int i = 0; i < 12; ++i) load.sample(1);                  // one minute
    EXPECT_NEAR(static_cast<double>(load.hundredths(0)), 63, 2);  // 1 - 1/e
    EXPECT_NEAR(static_cast<double>(load.hundredths(1)), 18, 2);
    EXPECT_NEAR(static_cast<double>(load.hundredths(2)), 6, 2);
    for (int i = 0; i < 2000; ++i) load.sample(1);
    EXPECT_EQ(load.hundredths(0), 100u);
    SystemFacts facts{};
    facts.runnable = 1;
    facts.processes = 20;
    EXPECT_EQ(text_from([&](Text &out) { put_loadavg(out, load, facts, 33); }).substr(0, 5), "1.00 ");
    for (int i = 0; i < 2000; ++i) load.sample(0);
    EXPECT_EQ(load.hundredths(2), 0u);
}

TEST(Tree, walks_to_files_of_processes_and_of_the_system) {
    const Inode root = Inode::make(Node::root);
    EXPECT_EQ(walk(root, "42/stat")->inode, Inode::make(Node::process_stat, 42));
    EXPECT_EQ(walk(root, "42/stat")->consumed, 7u);
    EXPECT_EQ(walk(root, "42/../sys/./kernel/ostype")->inode, Inode::make(Node::ostype));
    EXPECT_EQ(walk(Inode::make(Node::process, 9), "../cpuinfo")->inode, Inode::make(Node::cpuinfo));
    EXPECT_EQ(walk(root, "stat")->inode, Inode::make(Node::stat));
}

TEST(Tree, stops_behind_links_and_before_leaving) {
    const Inode root = Inode::make(Node::root);
    EXPECT_EQ(walk(root, "self/exe")->inode, Inode::make(Node::self));
    EXPECT_EQ(walk(root, "self/exe")->consumed, 5u);
    EXPECT_EQ(walk(root, "3/exe/x")->inode, Inode::make(Node::process_exe, 3));
    EXPECT_EQ(walk(root, "sys/../../etc")->consumed, 7u);
}

TEST(Tree, refuses_what_is_no_name) {
    const Inode root = Inode::make(Node::root);
    for (const char *name : {"0", "042", "32768", "4294967338", "4x", "-1", "nothing", "sys/kernel/none", "42/none"})
        EXPECT_EQ(walk(root, name).error(), Error::no_entry) << name;
    EXPECT_EQ(walk(root, "stat/x").error(), Error::not_directory);
    EXPECT_EQ(walk(root, "stat/").error(), Error::not_directory);
    EXPECT_EQ(walk(Inode{0xffff}, "x").error(), Error::no_entry);
}

TEST(Tree, every_entry_is_found_from_the_root) {
    for (const Entry &entry : entries()) {
        if (entry.name.empty()) continue;
        const bool of_process = entry.parent == Node::process;
        const Entry &parent = *find_entry(entry.parent);
        EXPECT_TRUE(fs::mode::is_directory(parent.mode));
        const auto found = walk(Inode::make(entry.parent, of_process ? 5 : 0), entry.name);
        ASSERT_TRUE(found) << entry.name;
        EXPECT_EQ(found->inode.node(), entry.node);
    }
}

TEST(Snapshots, a_reader_goes_on_in_the_text_it_began) {
    Snapshots snapshots;
    const Inode one = Inode::make(Node::stat), other = Inode::make(Node::uptime);
    EXPECT_EQ(snapshots.find(one), nullptr);
    snapshots.keep(one, *String::create("old"));
    snapshots.keep(other, *String::create("other"));
    ASSERT_NE(snapshots.find(one), nullptr);
    EXPECT_EQ(snapshots.find(one)->view(), "old");
    snapshots.keep(one, *String::create("new"));
    EXPECT_EQ(snapshots.find(one)->view(), "new");
    EXPECT_EQ(snapshots.find(other)->view(), "other");
}

TEST(Snapshots, the_one_not_read_for_longest_makes_room) {
    Snapshots snapshots;
    for (std::uint32_t pid = 1; pid <= Snapshots::capacity; ++pid)
        snapshots.keep(Inode::make(Node::process_stat, pid), *String::create("x"));
    EXPECT_NE(snapshots.find(Inode::make(Node::process_stat, 1)), nullptr);
    snapshots.keep(Inode::make(Node::stat), *String::create("y"));
    EXPECT_NE(snapshots.find(Inode::make(Node::process_stat, 1)), nullptr);
    EXPECT_EQ(snapshots.find(Inode::make(Node::process_stat, 2)), nullptr);
}

}  // namespace
}  // namespace axo::procfs
