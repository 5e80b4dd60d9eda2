// sources: servers/rs/service/event_log.cpp
// The last events are kept, under numbers that never change.
#include <gtest/gtest.h>

#include "servers/rs/service/event_log.hpp"

using namespace axo;
using namespace axo::rs;

namespace {

Service hello() {
    Service service{};
    service.label = Label::cut("hello");
    service.active.endpoint = Endpoint::make(20, 1);
    service.restarts = 3;
    return service;
}

TEST(EventLog, new_line_names_the_service) {
    EventLog log;
    const service::Event &event = log.add(hello(), service::Reason::crash, seconds(5));
    EXPECT_STREQ(event.label, "hello");
    EXPECT_EQ(event.before, Endpoint::make(20, 1));
    EXPECT_EQ(event.time_ns, seconds(5).value);
    EXPECT_EQ(event.restarts, 3u);
    EXPECT_EQ(event.sequence, 0u);
}

TEST(EventLog, reader_goes_on_where_it_stopped) {
    EventLog log;
    EXPECT_EQ(log.from(0), nullptr);
    for (int i = 0; i < 3; ++i) log.add(hello(), service::Reason::crash, seconds(1));
    EXPECT_EQ(log.from(1)->sequence, 1u);
    EXPECT_EQ(log.from(3), nullptr);
    EXPECT_EQ(log.from(~0ull), nullptr);
}

TEST(EventLog, oldest_lines_give_way) {
    EventLog log;
    for (std::size_t i = 0; i < EventLog::capacity + 10; ++i) log.add(hello(), service::Reason::crash, seconds(1));
    EXPECT_EQ(log.from(0)->sequence, 10u);
    EXPECT_EQ(log.from(EventLog::capacity + 9)->sequence, EventLog::capacity + 9);
}

}  // namespace
