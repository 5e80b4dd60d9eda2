// sources: commands/service/record.cpp
// What `service` asks RS for: the start record (ref 3.5) from command line and configuration.
#include <gtest/gtest.h>

#include <cstring>

#include "axo/vm_protocol.hpp"
#include "commands/service/record.hpp"

namespace service {
namespace {

namespace start_flag = axo::service::start_flag;
using axo::KernelCall;
using axo::service::StartRecord;

struct Record : testing::Test {
    Options options{};
    Entry entry;

    void SetUp() override {
        options.command = axo::service::Command::up;
        options.binary = "/sbin/hello";
        options.label = "hello";
    }

    StartRecord make(unsigned major = 0, bool block = false) {
        const auto record = make_record(options, entry, major, block);
        EXPECT_TRUE(record) << record.error().text;
        return record ? *record : StartRecord{};
    }
    int status() {
        const auto record = make_record(options, entry, 0, false);
        return record ? 0 : record.error().status;
    }
    static bool allows(const StartRecord &record, KernelCall call) {
        const unsigned bit = axo::call_bit(call);
        return (record.kernel_calls.words[bit / 64] >> bit % 64 & 1) != 0;
    }
};

TEST_F(Record, least) {
    const StartRecord record = make();
    EXPECT_STREQ(record.command, "/sbin/hello");
    EXPECT_STREQ(record.label, "hello");
    EXPECT_STREQ(record.script, "");
    EXPECT_STREQ(record.ipc, "");
    EXPECT_EQ(record.flags, 0u);
    EXPECT_EQ(record.update_state, 1u);
    EXPECT_EQ(record.major, 0u);
    EXPECT_EQ(record.irq_count + record.io_count + record.pci_count + record.pci_class_count + record.control_count,
              0u);
}
TEST_F(Record, command_line) {
    options.arguments = "one two";
    options.script = "/etc/s";
    options.copy = options.reuse = true;
    options.period_ns = 7;
    options.max_time_ns = 8;
    options.state = 3;
    const StartRecord record = make(17, true);
    EXPECT_STREQ(record.command, "/sbin/hello one two");
    EXPECT_STREQ(record.script, "/etc/s");
    EXPECT_EQ(record.flags, start_flag::copy | start_flag::reuse | start_flag::block_device);
    EXPECT_EQ(record.period_ns, 7u);
    EXPECT_EQ(record.max_prepare_ns, 8u);
    EXPECT_EQ(record.update_state, 3u);
    EXPECT_EQ(record.major, 17u);
}
TEST_F(Record, ipc_list) {
    entry.has_ipc = true;
    EXPECT_EQ(make().flags, start_flag::ipc_list);
    entry.ipc = {"SYSTEM", "pm", "tty"};
    EXPECT_STREQ(make().ipc, "SYSTEM pm tty");
}
TEST_F(Record, resources) {
    entry.irqs = {4, 14};
    entry.io = {{0x3f8, 0x3ff}};
    entry.pci = {{0x8086, 0x100e}};
    entry.pci_classes = {{0x020000, 0xff0000}};
    entry.control = {"a", "b"};
    entry.nice = -3;
    const StartRecord record = make();
    EXPECT_EQ(record.irq_count, 2u);
    EXPECT_EQ(record.irqs[1], 14);
    EXPECT_EQ(record.io_count, 1u);
    EXPECT_EQ(record.io[0].last, 0x3ff);
    EXPECT_EQ(record.pci_count, 1u);
    EXPECT_EQ(record.pci[0].device, 0x100e);
    EXPECT_EQ(record.pci_class_count, 1u);
    EXPECT_EQ(record.pci_classes[0].mask, 0xff0000u);
    EXPECT_EQ(record.control_count, 2u);
    EXPECT_STREQ(record.control[1], "b");
    EXPECT_EQ(record.nice, -3);
}
TEST_F(Record, system_words_become_kernel_calls) {
    entry.system_calls = {"DEVIO", "KILL", "READBIOS"};
    const StartRecord record = make();
    EXPECT_EQ(record.flags, start_flag::kernel_calls);
    EXPECT_TRUE(allows(record, KernelCall::port_in));
    EXPECT_TRUE(allows(record, KernelCall::port_out));
    EXPECT_TRUE(allows(record, KernelCall::kill));
    EXPECT_FALSE(allows(record, KernelCall::null));
    EXPECT_FALSE(allows(record, KernelCall::virtual_copy));
}
TEST_F(Record, vm_words_become_requests) {
    EXPECT_EQ(make().vm_calls, 0u);
    entry.vm_calls = {"REMAP"};
    EXPECT_EQ(make().vm_calls, 0u);
    entry.vm_calls = {"REMAP", "INFO"};
    EXPECT_NE(make().vm_calls & 1ull << (axo::vm::MemoryUse::number - axo::message_type::vm), 0u);
}

TEST_F(Record, longest_command_and_one_more) {
    options.arguments = std::string(axo::service::command_max - 1 - options.binary.size() - 1, 'x');
    EXPECT_EQ(status(), 0);
    options.arguments += 'x';
    EXPECT_EQ(status(), exit_usage);
}
TEST_F(Record, longest_script_and_one_more) {
    options.script = std::string(axo::service::script_max - 1, 'x');
    EXPECT_EQ(status(), 0);
    options.script += 'x';
    EXPECT_EQ(status(), exit_usage);
}
TEST_F(Record, label_too_long) {
    options.label = std::string(axo::label_size, 'x');
    EXPECT_EQ(status(), exit_usage);
}
TEST_F(Record, ipc_list_too_long) {
    entry.ipc = {std::string(axo::service::ipc_max, 'x')};
    EXPECT_EQ(status(), 1);
}
TEST_F(Record, control_name_too_long) {
    entry.control = {std::string(axo::label_size, 'x')};
    EXPECT_EQ(status(), 1);
}
TEST_F(Record, more_interrupt_lines_than_rs_takes) {
    entry.irqs = {1, 2, 3, 4};
    EXPECT_EQ(status(), 0);
    entry.irqs.push_back(5);
    EXPECT_EQ(status(), exit_usage);
}

}  // namespace
}  // namespace service
