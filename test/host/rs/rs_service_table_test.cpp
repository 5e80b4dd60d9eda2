// sources: servers/rs/service/service_table.cpp
// Labels, endpoints and the public table.
#include <gtest/gtest.h>

#include <string>

#include "servers/rs/service/service_table.hpp"

using namespace axo;
using namespace axo::rs;

namespace {

TEST(ServiceTable, label_is_unique_and_bounded) {
    ServiceTable table;
    EXPECT_TRUE(table.add("hello", Endpoint::make(20, 1)));
    EXPECT_EQ(table.add("hello", Endpoint::make(21, 1)).error(), Error::exists);
    EXPECT_EQ(table.add("", Endpoint::make(21, 1)).error(), Error::invalid);
    EXPECT_EQ(table.add("a-label-too-long", Endpoint::make(21, 1)).error(), Error::invalid);
}

Instance instance_at(Endpoint endpoint) {
    Instance instance{};
    instance.endpoint = endpoint;
    return instance;
}

TEST(ServiceTable, public_entry_follows_the_active_process) {
    ServiceTable table;
    Service *service = *table.add("hello", Endpoint::make(20, 1));
    table.set_active(*service, instance_at(Endpoint::make(20, 2)));
    EXPECT_EQ(table.find(Endpoint::make(20, 1)), nullptr);
    EXPECT_EQ(table.find(Endpoint::make(20, 2)), service);
    EXPECT_EQ(table.public_entry(*service).endpoint, Endpoint::make(20, 2));
    EXPECT_STREQ(table.public_entry(*service).label, "hello");
    table.remove(*service);
    EXPECT_EQ(table.find("hello"), nullptr);
    EXPECT_EQ(table.public_entries()[0].label[0], '\0');
}

TEST(ServiceTable, finds_a_service_by_the_process_that_is_being_started) {
    ServiceTable table;
    Service *service = *table.add("hello", Endpoint::make(20, 1));
    service->next = instance_at(Endpoint::make(21, 1));
    EXPECT_EQ(table.find(Endpoint::make(21, 1)), service);
    EXPECT_EQ(instance_of(*service, Endpoint::make(21, 1)), &service->next);
    EXPECT_EQ(table.public_entry(*service).endpoint, Endpoint::make(20, 1));
}

TEST(ServiceTable, service_without_a_process_is_found_by_label_only) {
    ServiceTable table;
    Service *service = *table.add("hello");
    EXPECT_EQ(table.find("hello"), service);
    EXPECT_EQ(table.find(endpoint::none), nullptr);
}

TEST(ServiceTable, full_table_refuses) {
    ServiceTable table;
    for (std::size_t i = 0; i < ServiceTable::capacity; ++i)
        ASSERT_TRUE(table.add("s" + std::to_string(i), Endpoint::make(static_cast<std::uint32_t>(20 + i), 1)));
    EXPECT_EQ(table.add("one-more", Endpoint::make(500, 1)).error(), Error::no_memory);
}

}  // namespace
