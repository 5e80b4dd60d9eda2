// sources: servers/pm/routes.cpp
// The route table.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "servers/pm/routes.hpp"

using namespace axo;
using namespace axo::pm;

namespace {

Endpoint server_of(unsigned number) {
    for (const Route &route : routes())
        if (route.number == number) return route.server;
    return endpoint::none;
}

TEST(Routes, calls_go_to_their_servers) {
    EXPECT_EQ(server_of(SYS_fork), endpoint::pm);
    EXPECT_EQ(server_of(SYS_clock_gettime), endpoint::pm);
    EXPECT_EQ(server_of(SYS_read), endpoint::vfs);
    EXPECT_EQ(server_of(SYS_execve), endpoint::vfs);
    EXPECT_EQ(server_of(SYS_getdents64), endpoint::vfs);
    EXPECT_EQ(server_of(SYS_mmap), endpoint::vm);
    EXPECT_EQ(server_of(0x1c0), endpoint::rs);
}

TEST(Routes, numbers_nobody_serves_have_none) {
    for (const unsigned number : {SYS_rseq, SYS_clone3, SYS_capget, SYS_membarrier, SYS_ptrace, SYS_socket})
        EXPECT_EQ(server_of(number), endpoint::none) << number;
}

TEST(Routes, every_number_once_in_order) {
    const auto table = routes();
    EXPECT_TRUE(std::is_sorted(table.begin(), table.end(), [](auto &a, auto &b) { return a.number < b.number; }));
    EXPECT_EQ(std::adjacent_find(table.begin(), table.end(), [](auto &a, auto &b) { return a.number == b.number; }),
              table.end());
    for (const Route &route : table) EXPECT_LT(route.number, call_numbers);
}

TEST(Routes, numbers_are_the_hosts) {
    const auto mine = own_calls();
    for (const unsigned number :
         {SYS_rt_sigaction, SYS_wait4, SYS_prlimit64, SYS_getrandom, SYS_futex, SYS_tgkill, SYS_waitid})
        EXPECT_NE(std::find(mine.begin(), mine.end(), number), mine.end()) << number;
}

/// docs/syscalls.md, rows "| number | name | leader |".
TEST(Routes, the_book_lists_exactly_the_table) {
    const std::string path =
        std::string(__FILE__).substr(0, std::string(__FILE__).rfind("test/host")) + "docs/syscalls.md";
    std::ifstream book(path);
    ASSERT_TRUE(book) << path;
    std::map<unsigned, std::string> rows;
    for (std::string line; std::getline(book, line);) {
        unsigned number;
        char name[64], server[8];
        if (std::sscanf(line.c_str(), "| %u | %63[^|]| %7[A-Z] |", &number, name, server) == 3) rows[number] = server;
    }
    const std::map<std::string, Endpoint> servers{
        {"PM", endpoint::pm}, {"VFS", endpoint::vfs}, {"VM", endpoint::vm}, {"RS", endpoint::rs}};
    EXPECT_EQ(rows.size(), routes().size());
    for (const Route &route : routes()) {
        ASSERT_TRUE(rows.contains(route.number)) << route.number;
        EXPECT_EQ(servers.at(rows[route.number]), route.server) << route.number;
    }
}

}  // namespace
