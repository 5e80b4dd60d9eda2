// sources: commands/service/print.cpp
// What `service` shows: tables for people, JSON that stays JSON whatever a service wrote.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "commands/service/print.hpp"

namespace service {
namespace {

using namespace axo::service;

template <std::size_t n>
void put(char (&field)[n], std::string_view text) {
    std::copy(text.begin(), text.end(), field);
}
bool contains(const std::string &text, std::string_view part) { return text.find(part) != text.npos; }

StatusEntry entry() {
    StatusEntry result{};
    put(result.label, "hello");
    result.endpoint = axo::Endpoint::make(20, 3);
    result.pid = 42;
    result.state = State::backoff;
    result.restarts = 7;
    result.last_reason = Reason::crash;
    result.last_signal = 11;
    result.memory_bytes = 300 * 1024;
    result.uptime_ns = 12'345'678'901;
    return result;
}
Event event() {
    Event result{};
    result.sequence = 5;
    result.time_ns = 1'002'003'004;
    result.duration_ns = 1500;
    put(result.label, "hello");
    result.before = axo::Endpoint::make(20, 3);
    result.after = axo::endpoint::none;
    result.reason = Reason::hang;
    result.status = -4;
    put(result.text, "no answer");
    return result;
}

TEST(ServicePrint, status_table) {
    const StatusEntry entries[] = {entry()};
    const std::string text = status_table(entries);
    for (const char *part : {"LABEL", "hello", "20.3", "42", "backoff", "7", "crash", "300K", "12.345"})
        EXPECT_TRUE(contains(text, part)) << part;
    EXPECT_EQ(std::ranges::count(text, '\n'), 2);
}
TEST(ServicePrint, status_says_what_rs_is_doing) {
    StatusEntry entries[] = {entry()};
    entries[0].state = State::updating;
    entries[0].step = Step::ready;
    EXPECT_TRUE(contains(status_table(entries), "updating: waiting for quiet "));
    EXPECT_TRUE(contains(status_json(entries), "\"step\":\"ready\""));
    entries[0].step = Step::none;
    EXPECT_TRUE(contains(status_table(entries), "updating     "));
    entries[0].step = static_cast<Step>(99);
    EXPECT_TRUE(contains(status_table(entries), "updating: ? "));
}
TEST(ServicePrint, empty_lists) {
    EXPECT_EQ(std::ranges::count(status_table({}), '\n'), 1);
    EXPECT_EQ(status_json({}), "[\n]\n");
    EXPECT_EQ(events_table({}), "");
    EXPECT_EQ(events_json({}), "[\n]\n");
}
TEST(ServicePrint, status_json) {
    const StatusEntry entries[] = {entry(), entry()};
    const std::string text = status_json(entries);
    for (const char *part : {"\"label\":\"hello\"", "\"pid\":42", "\"state\":\"backoff\"", "\"reason\":\"crash\"",
                             "\"signal\":11", "\"memory_bytes\":307200", "\"core\":false,\"healthy\":false}", "},\n {"})
        EXPECT_TRUE(contains(text, part)) << part;
}
TEST(ServicePrint, events) {
    const Event events[] = {event()};
    EXPECT_EQ(events_table(events), "     1.002  hello           hang        20.3 -> -  1 us  no answer\n");
    EXPECT_TRUE(contains(events_json(events), "\"status\":-4,"));
    EXPECT_TRUE(contains(events_json(events), "\"text\":\"no answer\"}"));
}
TEST(ServicePrint, phases_and_state_of_an_update) {
    Event one = event();
    one.phases_ns[static_cast<std::size_t>(Phase::notice)] = 7;
    one.phases_ns[static_cast<std::size_t>(Phase::back)] = 12'345'678'901;
    one.state_before = 0xfedc'ba98'7654'3210;
    const std::string text = events_json(std::span(&one, 1));
    EXPECT_TRUE(contains(text, "\"phases\":{\"notice\":7,\"image\":0,")) << text;
    EXPECT_TRUE(contains(text, ",\"back\":12345678901},")) << text;
    EXPECT_TRUE(contains(text, "\"state_before\":\"fedcba9876543210\",\"state_after\":null,")) << text;
}
TEST(ServicePrint, json_escapes_what_a_service_wrote) {
    Event one = event();
    put(one.text, "a\"b\\c\n\xff");
    one.text[7] = 0;
    const Event events[] = {one};
    EXPECT_TRUE(contains(events_json(events), R"("text":"a\"b\\c\u000a\u00ff"})"));
}
TEST(ServicePrint, json_of_the_longest_texts_is_whole) {
    Event one = event();
    std::memset(one.text, 1, sizeof one.text);
    std::memset(one.label, 2, sizeof one.label);
    one.sequence = one.time_ns = one.duration_ns = ~0ull;
    const Event events[] = {one};
    const std::string text = events_json(events);
    EXPECT_TRUE(text.ends_with("\\u0001\"}\n]\n"));
    EXPECT_EQ(std::ranges::count(text, '"') % 2, 0);
}
TEST(ServicePrint, unknown_values_are_shown_as_such) {
    StatusEntry one = entry();
    one.state = static_cast<State>(99);
    one.last_reason = static_cast<Reason>(99);
    const StatusEntry entries[] = {one};
    EXPECT_TRUE(contains(status_json(entries), "\"state\":\"?\""));
}
TEST(ServicePrint, crash_report) {
    CrashReport report{};
    put(report.label, "hello");
    report.signal = 11;
    report.context.rip = 0x401234;
    report.context.fault_address = 0x10;
    report.frame_count = 1000;  // more than there are
    report.frames[0] = 0x401234;
    put(report.symbols[0], "main+0x4");
    const std::string text = crash_report(report);
    for (const char *part : {"hello: signal 11", "rip    0000000000401234", "addr   0000000000000010",
                             "#0  0000000000401234 main+0x4", "#31"})
        EXPECT_TRUE(contains(text, part)) << part << "\n" << text;
    EXPECT_FALSE(contains(text, "#32"));
}
TEST(ServicePrint, errors_have_words) {
    EXPECT_EQ(error_text(Command::up, 1), "Operation not permitted");
    EXPECT_EQ(error_text(Command::up, 514), "the service died");
    EXPECT_NE(error_text(Command::up, 512), error_text(Command::up, 513));
    EXPECT_TRUE(contains(error_text(Command::up, 16), "-label"));
    EXPECT_EQ(error_text(Command::restart, 16), "it runs");
    EXPECT_TRUE(contains(error_text(Command::update, 3), "-label"));
    EXPECT_EQ(error_text(Command::down, 3), "no service has this label");
}

}  // namespace
}  // namespace service
