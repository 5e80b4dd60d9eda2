// sources: servers/rs/command/start_check.cpp servers/rs/spawn/image_store.cpp
// What a user program can get wrong in a start record.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "lib/base/fixed_string.hpp"
#include "servers/rs/command/start_check.hpp"
#include "servers/rs/spawn/image_store.hpp"

using namespace axo;
using namespace axo::rs;
using service::StartRecord;

namespace {

StartRecord good() {
    StartRecord record{};
    put_text(record.command, "/usr/sbin/hello -x 1");
    record.update_state = 1;
    return record;
}

Error refused(const std::function<void(StartRecord &)> &spoil) {
    StartRecord record = good();
    spoil(record);
    const Status status = check_update_record(record);
    EXPECT_FALSE(status);
    return status ? Error{} : status.error();
}

TEST(StartRecord, label_comes_from_the_command) {
    StartRecord record = good();
    ASSERT_TRUE(check_start_record(record));
    EXPECT_STREQ(record.label, "hello");
    put_text(record.label, "given");
    ASSERT_TRUE(check_start_record(record));
    EXPECT_STREQ(record.label, "given");
}

TEST(StartRecord, texts_without_end_are_refused) {
    EXPECT_EQ(refused([](StartRecord &r) { std::memset(r.command, '/', sizeof r.command); }), Error::too_big);
    EXPECT_EQ(refused([](StartRecord &r) { std::memset(r.script, '/', sizeof r.script); }), Error::too_big);
    EXPECT_EQ(refused([](StartRecord &r) { std::memset(r.label, 'x', sizeof r.label); }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { std::memset(r.ipc, 'x', sizeof r.ipc); }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) {
                  r.control_count = 8;
                  std::memset(r.control, 'x', sizeof r.control);
              }),
              Error::invalid);
}

TEST(StartRecord, paths_are_absolute) {
    EXPECT_EQ(refused([](StartRecord &r) { put_text(r.command, "hello"); }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.command[0] = '\0'; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { put_text(r.command, "/usr/sbin/"); }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { put_text(r.script, "script"); }), Error::invalid);
}

TEST(StartRecord, lists_have_their_limits) {
    EXPECT_EQ(refused([](StartRecord &r) { r.irq_count = 5; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.io_count = 33; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.pci_count = ~0u; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.pci_class_count = 5; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.control_count = 9; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.io_count = 1, r.io[0] = {2, 1}; }), Error::invalid);
}

TEST(StartRecord, negative_times_and_state_zero_are_refused) {
    EXPECT_EQ(refused([](StartRecord &r) { r.period_ns = ~0ull; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.max_prepare_ns = ~0ull; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.max_prepare_ns = service::max_prepare_ns + 1; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.update_state = 0; }), Error::invalid);
    EXPECT_EQ(refused([](StartRecord &r) { r.major = 256; }), Error::invalid);
}

TEST(ProgramName, is_the_last_part_of_the_path_without_arguments) {
    EXPECT_EQ(program_name("/usr/sbin/hello -x /a/b"), "hello");
    EXPECT_EQ(program_path("/usr/sbin/hello -x /a/b"), "/usr/sbin/hello");
    EXPECT_EQ(program_name("hello"), "hello");
    EXPECT_EQ(program_name(""), "");
}

}  // namespace
