// sources: commands/service/config.cpp commands/service/config_syntax.cpp
// The meaning of system.conf (ref 3.17): one accepted form per statement, one refusal per rule.
#include <gtest/gtest.h>

#include <map>

#include "commands/service/config.hpp"

namespace service {
namespace {

using Strings = std::vector<std::string>;

std::map<std::string, std::string> files;

Outcome<std::string> read_file(const std::string &path) {
    const auto found = files.find(path);
    return found == files.end() ? std::string() : found->second;
}

struct Config : testing::Test {
    void TearDown() override { files.clear(); }

    Outcome<Entry> find(const std::string &text, std::string_view name = "a") {
        files["conf"] = text;
        return find_entry("conf", name, read_file);
    }
    /// The entry "a" with this body.
    Entry entry(const std::string &body) {
        const auto found = find("service a { " + body + " };");
        EXPECT_TRUE(found) << found.error().text;
        return found ? *found : Entry{};
    }
    std::string file_refusal(const std::string &text, std::string_view name = "a") {
        const auto found = find(text, name);
        if (found) return "accepted";
        EXPECT_EQ(found.error().status, 1);
        return found.error().text;
    }
    std::string refusal(const std::string &body) { return file_refusal("\nservice a {\n" + body + "\n};"); }
};

TEST_F(Config, entry_without_statements_has_defaults) {
    const Entry found = entry("");
    EXPECT_EQ(found.uid, "root");
    EXPECT_EQ(found.nice, 0);
    EXPECT_FALSE(found.has_ipc);
    EXPECT_TRUE(found.irqs.empty() && found.io.empty() && found.pci.empty() && found.control.empty());
}
TEST_F(Config, finds_the_entry_by_name) {
    const auto found = find("service b { nice 1; }; service a { nice 2; }; service a { nice 3; };");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->nice, 2);
}
TEST_F(Config, missing_entry_is_fatal) { EXPECT_EQ(file_refusal("service b { };"), "conf: no entry for service 'a'"); }
TEST_F(Config, missing_file_is_empty) {
    const auto found = find_entry("absent", "a", read_file);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().text, "absent: no entry for service 'a'");
}

TEST_F(Config, top_level_lines_before_the_entry_have_one_form) {
    for (const char *line :
         {"device b { };", "service b;", "service { };", "service b { } c;", "\"service\" b { };", "{ };"})
        EXPECT_EQ(file_refusal(std::string("\n") + line + " service a { };"), "conf:2: service name { ... }; expected")
            << line;
}
TEST_F(Config, top_level_lines_behind_the_entry_are_not_looked_at) { EXPECT_TRUE(find("service a { }; nonsense;")); }

TEST_F(Config, unknown_statements_are_ignored_whatever_they_hold) {
    EXPECT_EQ(entry("colour \"red\" { x; }; nice 4;").nice, 4);
}
TEST_F(Config, strings_and_lists_are_no_words) {
    EXPECT_EQ(refusal("irq \"4\";"), "conf:3: word expected");
    EXPECT_EQ(refusal("ipc {pm;};"), "conf:3: word expected");
    EXPECT_EQ(refusal("\"irq\" 4;"), "conf:3: word expected");
    EXPECT_EQ(refusal("{ irq 4; };"), "conf:3: word expected");
}

TEST_F(Config, uid) { EXPECT_EQ(entry("uid service;").uid, "service"); }
TEST_F(Config, uid_is_exactly_one) {
    EXPECT_EQ(refusal("uid;"), "conf:3: exactly one value expected");
    EXPECT_EQ(refusal("uid a b;"), "conf:3: exactly one value expected");
}
TEST_F(Config, nice) { EXPECT_EQ(entry("nice -5;").nice, -5); }
TEST_F(Config, nice_is_one_number) {
    for (const char *body : {"nice;", "nice 1 2;", "nice x;", "nice 1x;", "nice 99999999999;"})
        EXPECT_EQ(refusal(body), "conf:3: one number expected") << body;
}

TEST_F(Config, irq_lines_add_up) { EXPECT_EQ(entry("irq 4 14; irq 255;").irqs, (std::vector<unsigned>{4, 14, 255})); }
TEST_F(Config, irq_out_of_range) { EXPECT_EQ(refusal("irq 4 256;"), "conf:3: bad interrupt line '256'"); }
TEST_F(Config, irq_is_a_number) { EXPECT_EQ(refusal("irq -1;"), "conf:3: bad interrupt line '-1'"); }
TEST_F(Config, irq_at_most_sixteen) {
    EXPECT_EQ(entry("irq 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15;").irqs.size(), 16u);
    EXPECT_EQ(refusal("irq 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; irq 3;"), "conf:3: too many interrupt lines");
}

TEST_F(Config, io_ranges_are_hexadecimal) {
    const Entry found = entry("io 3f8:8 60 FFFF 0:10000;");
    const std::pair<unsigned, unsigned> expected[] = {{0x3f8, 0x3ff}, {0x60, 0x60}, {0xffff, 0xffff}, {0, 0xffff}};
    ASSERT_EQ(found.io.size(), std::size(expected));
    for (std::size_t i = 0; i < found.io.size(); ++i)
        EXPECT_EQ(std::pair(found.io[i].first + 0u, found.io[i].last + 0u), expected[i]);
}
TEST_F(Config, io_outside_the_ports) {
    for (const char *range : {"10000", "ffff:2", "0:10001", "1:ffffffff", "ffffffff:2", "60:0"})
        EXPECT_EQ(refusal(std::string("io ") + range + ";"), std::string("conf:3: bad port range '") + range + "'");
}
TEST_F(Config, io_is_a_number) {
    for (const char *range : {"xyz", "60:", ":8", "60:8:1", "0x60"})
        EXPECT_EQ(refusal(std::string("io ") + range + ";"), std::string("conf:3: bad port range '") + range + "'");
}
TEST_F(Config, io_at_most_sixteen) {
    std::string body = "io";
    for (int i = 0; i < 16; ++i) body += " 60";
    EXPECT_EQ(entry(body + ";").io.size(), 16u);
    EXPECT_EQ(refusal(body + " 61;"), "conf:3: too many port ranges");
}

TEST_F(Config, pci_devices) {
    const Entry found = entry("pci device 8086/100e 10EC/8139;");
    ASSERT_EQ(found.pci.size(), 2u);
    EXPECT_EQ(found.pci[0].vendor, 0x8086);
    EXPECT_EQ(found.pci[0].device, 0x100e);
    EXPECT_EQ(found.pci[1].vendor, 0x10ec);
}
TEST_F(Config, pci_device_has_two_hexadecimal_numbers) {
    for (const char *id : {"8086", "8086/", "/100e", "8086/100e/1", "18086/1", "g/1"})
        EXPECT_EQ(refusal(std::string("pci device ") + id + ";"), std::string("conf:3: bad PCI device '") + id + "'");
}
TEST_F(Config, pci_devices_at_most_32) {
    std::string body = "pci device";
    for (int i = 0; i < 32; ++i) body += " 1/2";
    EXPECT_EQ(entry(body + ";").pci.size(), 32u);
    EXPECT_EQ(refusal(body + " 1/2;"), "conf:3: too many PCI devices");
}
TEST_F(Config, pci_class_masks_what_is_given) {
    const Entry found = entry("pci class 01 02/03 04/05/06;");
    const std::pair<unsigned, unsigned> expected[] = {{0x010000, 0xff0000}, {0x020300, 0xffff00}, {0x040506, 0xffffff}};
    ASSERT_EQ(found.pci_classes.size(), std::size(expected));
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(std::pair(found.pci_classes[i].value, found.pci_classes[i].mask), expected[i]);
}
TEST_F(Config, pci_class_has_one_to_three_bytes) {
    for (const char *id : {"100", "x", "1/", "/1", "1//2", "1/2/3/", "1/2/3/4", "1/100"})
        EXPECT_EQ(refusal(std::string("pci class ") + id + ";"), std::string("conf:3: bad PCI class '") + id + "'");
}
TEST_F(Config, pci_classes_at_most_four) {
    EXPECT_EQ(entry("pci class 1 2 3 4;").pci_classes.size(), 4u);
    EXPECT_EQ(refusal("pci class 1 2 3 4 5;"), "conf:3: too many PCI classes");
}
TEST_F(Config, pci_says_device_or_class) {
    EXPECT_EQ(refusal("pci;"), "conf:3: device or class expected");
    EXPECT_EQ(refusal("pci bus 1;"), "conf:3: device or class expected");
}

TEST_F(Config, system_words) {
    EXPECT_EQ(entry("system PRIVCTL; system READBIOS VMCTL;").system_calls, (Strings{"PRIVCTL", "READBIOS", "VMCTL"}));
}
TEST_F(Config, unknown_system_word_is_fatal) { EXPECT_EQ(refusal("system KILL FORK;"), "conf:3: unknown word 'FORK'"); }
TEST_F(Config, vm_words) { EXPECT_EQ(entry("vm REMAP INFO;").vm_calls, (Strings{"REMAP", "INFO"})); }
TEST_F(Config, unknown_vm_word_is_fatal) { EXPECT_EQ(refusal("vm remap;"), "conf:3: unknown word 'remap'"); }

TEST_F(Config, ipc_list) {
    const Entry found = entry("ipc SYSTEM pm \\\n tty;");
    EXPECT_TRUE(found.has_ipc);
    EXPECT_EQ(found.ipc, (Strings{"SYSTEM", "pm", "tty"}));
}
TEST_F(Config, empty_ipc_list_is_there) {
    const Entry found = entry("ipc;");
    EXPECT_TRUE(found.has_ipc);
    EXPECT_TRUE(found.ipc.empty());
}
TEST_F(Config, second_ipc_statement_is_fatal) {
    EXPECT_EQ(refusal("ipc a;\nipc b;"), "conf:4: a second ipc statement");
}

TEST_F(Config, control_names_add_up) { EXPECT_EQ(entry("control a b; control c;").control, (Strings{"a", "b", "c"})); }
TEST_F(Config, control_at_most_eight) {
    EXPECT_EQ(entry("control a b c d e f g h;").control.size(), 8u);
    EXPECT_EQ(refusal("control a b c d e f g h i;"), "conf:3: too many control names");
}

TEST_F(Config, class_includes_bodies_of_other_entries) {
    const auto found =
        find("service net { irq 5; ipc pm; }; service disk { irq 6; }; service a { class net disk; nice 1; };");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->irqs, (std::vector<unsigned>{5, 6}));
    EXPECT_EQ(found->ipc, Strings{"pm"});
    EXPECT_EQ(found->nice, 1);
}
TEST_F(Config, class_may_stand_behind_its_user) { EXPECT_TRUE(find("service a { class b; }; service b { };")); }
TEST_F(Config, unknown_class_is_fatal) { EXPECT_EQ(refusal("class b;"), "conf: no entry for service 'b'"); }
TEST_F(Config, class_in_a_circle_is_fatal) {
    EXPECT_EQ(file_refusal("service a { class b; }; service b { class a; };"), "conf: classes nested too deeply");
}
TEST_F(Config, class_nesting_up_to_100) {
    std::string text;
    for (int i = 0; i < 101; ++i)
        text += "service c" + std::to_string(i) + " { class c" + std::to_string(i + 1) + "; };\n";
    text += "service c101 { };\n";
    EXPECT_TRUE(find(text, "c1"));
    EXPECT_EQ(file_refusal(text, "c0"), "conf: classes nested too deeply");
}
TEST_F(Config, classes_that_double_end_soon) {
    std::string text;
    for (int i = 0; i < 90; ++i)
        text += "service c" + std::to_string(i) + " { class c" + std::to_string(i + 1) + " c" + std::to_string(i + 1) +
                "; };\n";
    EXPECT_EQ(file_refusal(text + "service c90 { };", "c0"), "conf: classes nested too deeply");
}

TEST_F(Config, included_file_stands_in_place) {
    files["more"] = "service a { nice 7; };";
    const auto found = find("include \"more\"; service a { nice 8; };");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->nice, 7);
}
TEST_F(Config, included_inside_an_entry) {
    files["more"] = "nice 7; irq 3;";
    EXPECT_EQ(entry("include \"more\";").nice, 7);
}
TEST_F(Config, fault_in_an_included_file_names_it) {
    files["more"] = "\n\nservice a { irq x; };";
    EXPECT_EQ(file_refusal("include \"more\";"), "more:3: bad interrupt line 'x'");
    files["more"] = "service a {";
    EXPECT_EQ(file_refusal("include \"more\";"), "more:1: unfinished list");
}
TEST_F(Config, file_that_includes_itself_is_fatal) {
    EXPECT_EQ(file_refusal("include \"conf\"; include \"conf\";"), "conf: includes nested too deeply");
}
TEST_F(Config, failure_to_read_is_passed_on) {
    const auto found =
        find_entry("conf", "a", [](const std::string &) -> Outcome<std::string> { return fail(13, "no access"); });
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().status, 13);
}

}  // namespace
}  // namespace service
