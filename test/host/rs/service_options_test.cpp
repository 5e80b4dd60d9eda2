// sources: commands/service/options.cpp
// The command line of `service` (ref 3.16): every option, every misuse.
#include <gtest/gtest.h>

#include <sstream>

#include "commands/service/options.hpp"

namespace service {
namespace {

using axo::service::Command;
using axo::service::FaultKind;

Outcome<Options> parse(std::vector<std::string> words) {
    std::vector<char *> pointers;
    for (std::string &word : words) pointers.push_back(word.data());
    return parse_options(pointers);
}
/// Blank-separated words.
Outcome<Options> line(const std::string &text) {
    std::istringstream stream(text);
    return parse({std::istream_iterator<std::string>(stream), {}});
}
Options good(const std::string &text) {
    const auto options = line(text);
    EXPECT_TRUE(options) << options.error().text;
    return options ? *options : Options{};
}
/// The first line of the text; the usage follows.
std::string misuse(const std::string &text, int status = exit_usage) {
    const auto options = line(text);
    if (options) return "accepted";
    EXPECT_EQ(options.error().status, status);
    EXPECT_NE(options.error().text.find("usage: service"), std::string::npos);
    return options.error().text.substr(0, options.error().text.find('\n'));
}

constexpr std::uint64_t second = 1'000'000'000;

TEST(ServiceOptions, up_takes_label_from_the_binary) {
    const Options options = good("up /usr/sbin/hello");
    EXPECT_EQ(options.command, Command::up);
    EXPECT_EQ(options.binary, "/usr/sbin/hello");
    EXPECT_EQ(options.label, "hello");
    EXPECT_EQ(options.config, "/etc/system.conf");
    EXPECT_EQ(options.script, "");
    EXPECT_EQ(options.state, 1u);
    EXPECT_EQ(options.period_ns, 0u);
    EXPECT_FALSE(options.copy || options.reuse);
}
TEST(ServiceOptions, default_label_is_cut) {
    EXPECT_EQ(good("up /sbin/a_very_long_driver_name").label, "a_very_long_dri");
}
TEST(ServiceOptions, run_is_up_with_a_script) {
    EXPECT_EQ(good("run /sbin/hello").command, Command::up);
    EXPECT_EQ(good("run /sbin/hello").script, "/etc/rs.single");
    EXPECT_EQ(good("run /sbin/hello -script /etc/x").script, "/etc/x");
}
TEST(ServiceOptions, copy_and_reuse) {
    EXPECT_TRUE(good("-c up /sbin/a").copy);
    EXPECT_FALSE(good("-c up /sbin/a").reuse);
    EXPECT_TRUE(good("-r up /sbin/a").copy);
    EXPECT_TRUE(good("-r up /sbin/a").reuse);
}
TEST(ServiceOptions, obsolete_option_only_warns) {
    EXPECT_NE(good("-i up /sbin/a").warning, "");
    EXPECT_EQ(good("up /sbin/a").warning, "");
}
TEST(ServiceOptions, all_options_of_a_start) {
    const auto options = parse({"update", "/sbin/a", "-args", "one two", "-dev", "/dev/x", "-period", "30", "-script",
                                "/etc/s", "-label", "b", "-config", "/c", "-state", "3", "-maxtime", "2HZ"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->command, Command::update);
    EXPECT_EQ(options->arguments, "one two");
    EXPECT_EQ(options->device, "/dev/x");
    EXPECT_EQ(options->period_ns, 30 * (second / 60));
    EXPECT_EQ(options->script, "/etc/s");
    EXPECT_EQ(options->label, "b");
    EXPECT_EQ(options->config, "/c");
    EXPECT_EQ(options->state, 3u);
    EXPECT_EQ(options->max_time_ns, 2 * second);
}
TEST(ServiceOptions, requests_with_a_label) {
    const std::pair<const char *, Command> requests[] = {{"down", Command::down},
                                                         {"refresh", Command::refresh},
                                                         {"restart", Command::restart},
                                                         {"lookup", Command::lookup},
                                                         {"trace", Command::trace}};
    for (const auto &[word, command] : requests) {
        EXPECT_EQ(good(std::string(word) + " tty").command, command);
        EXPECT_EQ(good(std::string(word) + " tty").label, "tty");
        EXPECT_EQ(misuse(word), "service: a label is missing");
    }
}
TEST(ServiceOptions, requests_without_a_label) {
    EXPECT_EQ(good("shutdown").command, Command::shutdown);
    EXPECT_EQ(good("status").command, Command::status);
    EXPECT_EQ(good("events").command, Command::events);
    EXPECT_TRUE(good("status --json").json);
    EXPECT_TRUE(good("events --json").json);
    EXPECT_TRUE(good("update /sbin/a --verify -state 2").verify);
    EXPECT_FALSE(good("update /sbin/a").verify);
    const Options update = good("update /sbin/a --fresh --drop ticks --drop reads");
    EXPECT_TRUE(update.fresh && !update.config_given && !good("update /sbin/a").fresh);
    EXPECT_EQ(update.drops, (std::vector<std::string>{"ticks", "reads"}));
    EXPECT_TRUE(good("update /sbin/a -config /tmp/c").config_given);
    EXPECT_EQ(misuse("up /sbin/a --drop x"), "service: unknown option --drop");
    EXPECT_EQ(misuse("update /sbin/a --drop a --drop b --drop c --drop d"), "service: more than 3 of --drop");
}
TEST(ServiceOptions, fault_injection) {
    const Options options = good("fi tty hang --after 500");
    EXPECT_EQ(options.command, Command::fault);
    EXPECT_EQ(options.label, "tty");
    EXPECT_EQ(options.fault, FaultKind::hang);
    EXPECT_EQ(options.after, 500u);
    const std::pair<const char *, FaultKind> kinds[] = {{"segv", FaultKind::segv},
                                                        {"illegal", FaultKind::illegal},
                                                        {"divide", FaultKind::divide},
                                                        {"panic", FaultKind::panic},
                                                        {"exit", FaultKind::exit}};
    for (const auto &[word, kind] : kinds) EXPECT_EQ(good(std::string("fi tty ") + word).fault, kind);
}

TEST(ServiceOptions, nothing_is_a_misuse) { EXPECT_EQ(misuse(""), "service: a request is missing"); }
TEST(ServiceOptions, help_is_no_misuse) {
    for (const char *words : {"help", "--help", "-h"})
        EXPECT_TRUE(misuse(words, 0).starts_with("usage: service")) << words;
}
TEST(ServiceOptions, unknown_request_has_its_own_status) {
    EXPECT_EQ(misuse("start /sbin/a", exit_unknown), "service: unknown request 'start'");
}
TEST(ServiceOptions, empty_words_are_no_options) {
    const auto options = parse({"", "up"});
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().status, exit_unknown);
}
TEST(ServiceOptions, unknown_options) {
    EXPECT_EQ(misuse("-x up /sbin/a"), "service: unknown option -x");
    EXPECT_EQ(misuse("up /sbin/a -x y"), "service: unknown option -x");
    EXPECT_EQ(misuse("fi tty segv -x y"), "service: unknown option -x");
}
TEST(ServiceOptions, copy_belongs_before_the_request) {
    EXPECT_EQ(misuse("up /sbin/a -c x"), "service: unknown option -c");
}
TEST(ServiceOptions, other_requests_take_no_start_options) {
    EXPECT_EQ(misuse("down tty -label x"), "service: unknown option -label");
    EXPECT_EQ(misuse("shutdown now"), "service: unknown option now");
    EXPECT_EQ(misuse("up /sbin/a --json"), "service: value missing for --json");
    EXPECT_EQ(misuse("up /sbin/a --verify"), "service: value missing for --verify");
    EXPECT_EQ(misuse("down tty --json"), "service: unknown option --json");
    EXPECT_EQ(misuse("up /sbin/a --after 3"), "service: unknown option --after");
}
TEST(ServiceOptions, binary_is_an_absolute_path_of_a_file) {
    EXPECT_EQ(misuse("up"), "service: the binary is missing");
    EXPECT_EQ(misuse("up hello"), "service: the binary's path must be absolute");
    EXPECT_EQ(misuse("up /sbin/"), "service: the binary's path names a directory");
}
TEST(ServiceOptions, label_length) {
    EXPECT_EQ(good("up /sbin/a -label 123456789012345").label, "123456789012345");
    EXPECT_EQ(misuse("up /sbin/a -label 1234567890123456"), "service: a label has 1 to 15 characters");
    EXPECT_EQ(misuse("down 1234567890123456"), "service: bad label");
    EXPECT_FALSE(parse({"down", ""}));
    EXPECT_FALSE(parse({"up", "/sbin/a", "-label", ""}));
}
TEST(ServiceOptions, value_missing) {
    for (const char *option : {"-args", "-dev", "-period", "-script", "-label", "-config", "-state", "-maxtime"})
        EXPECT_EQ(misuse(std::string("up /sbin/a ") + option), std::string("service: value missing for ") + option);
    EXPECT_EQ(misuse("fi tty segv --after"), "service: value missing for --after");
}
TEST(ServiceOptions, bad_period) {
    for (const char *value : {"0", "0HZ", "-1", "HZ", "5hz", "x", "1.5", "9999999999", "18446744073709551616"})
        EXPECT_EQ(misuse(std::string("up /sbin/a -period ") + value), "service: bad -period") << value;
}
TEST(ServiceOptions, bad_maxtime) {
    EXPECT_EQ(good("update /sbin/a -maxtime 0").max_time_ns, 0u);
    EXPECT_EQ(misuse("update /sbin/a -maxtime -1"), "service: bad -maxtime");
}
TEST(ServiceOptions, bad_state) {
    for (const char *value : {"0", "-1", "x", "4294967296"})
        EXPECT_EQ(misuse(std::string("update /sbin/a -state ") + value), "service: bad -state") << value;
}
TEST(ServiceOptions, bad_fault) {
    EXPECT_EQ(misuse("fi tty"), "service: the kind of fault is missing");
    EXPECT_EQ(misuse("fi tty sleep"), "service: unknown fault 'sleep'");
    EXPECT_EQ(misuse("fi tty segv --after x"), "service: bad --after");
}

}  // namespace
}  // namespace service
