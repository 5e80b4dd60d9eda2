// sources: servers/ds/server.cpp servers/ds/publish.cpp servers/ds/subscribe.cpp servers/ds/store.cpp servers/ds/subscriptions.cpp
// sources: servers/ds/pattern.cpp servers/ds/pattern_match.cpp
// The rules of DS through its messages (ref 4.2 to 4.7).
#include <gtest/gtest.h>

#include "servers/ds/server.hpp"
#include "test/host/fake_sys.hpp"

using namespace axo;
using namespace axo::ds;

namespace {

constexpr Endpoint alice = Endpoint::make(100, 1), bob = Endpoint::make(101, 1), nobody = Endpoint::make(102, 1);

class DsTest : public testing::Test {
protected:
    DsTest() : system(endpoint::ds) {
        const GrantId grant = system.grant(endpoint::rs, table, sizeof table, grant_flag::read);
        EXPECT_TRUE(server.start({.kind = rs::InitKind::fresh, .restarts = 0, .table_count = 2, .table = grant}));
        EXPECT_TRUE(label("alice", alice));
        EXPECT_TRUE(label("bob", bob));
    }

    template <Request R>
    Result<typename R::Reply> ask(Endpoint caller, const R &request) {
        const auto reply = server.ask(caller, request);
        EXPECT_TRUE(reply);
        return reply ? *reply : Result<typename R::Reply>(Error::io);
    }

    Publish publish_request(Endpoint caller, Type type, std::string_view key, std::uint64_t value,
                            std::uint32_t flags) {
        Publish request{};
        request.type = type;
        request.flags = flags;
        request.key = system.grant(caller, key);
        request.key_bytes = static_cast<std::uint32_t>(key.size());
        request.value = value;
        request.data = invalid_grant;
        return request;
    }
    Result<Nothing> label(std::string_view name, Endpoint process, Endpoint caller = endpoint::rs,
                          std::uint32_t flags = flag::overwrite) {
        return ask(caller, publish_request(caller, Type::label, name, process.value, flags));
    }
    Result<Nothing> number(Endpoint caller, std::string_view key, std::uint64_t value, std::uint32_t flags = 0) {
        return ask(caller, publish_request(caller, Type::number, key, value, flags));
    }
    Result<Nothing> text(Endpoint caller, std::string_view key, std::string_view content, std::uint32_t flags = 0) {
        Publish request = publish_request(caller, Type::string, key, 0, flags);
        request.data = system.grant(caller, content);
        request.data_bytes = content.size();
        return ask(caller, request);
    }
    Result<std::uint64_t> get(Endpoint caller, std::string_view key, Type type = Type::number) {
        const Retrieve request{.type = type,
                               .key = system.grant(caller, key),
                               .key_bytes = static_cast<std::uint32_t>(key.size()),
                               .data = invalid_grant,
                               .data_bytes = 0};
        const auto reply = ask(caller, request);
        if (!reply) return reply.error();
        return reply->value;
    }
    Result<std::string> get_text(Endpoint caller, std::string_view key, std::size_t room) {
        std::string buffer(room, '?');
        const Retrieve request{.type = Type::string,
                               .key = system.grant(caller, key),
                               .key_bytes = static_cast<std::uint32_t>(key.size()),
                               .data = system.grant(caller, buffer.data(), room),
                               .data_bytes = room};
        const auto reply = ask(caller, request);
        if (!reply) return reply.error();
        return buffer.substr(0, reply->data_bytes);
    }
    Result<Nothing> remove(Endpoint caller, std::string_view key, Type type = Type::number) {
        return ask(caller, Delete{.type = type,
                                  .key = system.grant(caller, key),
                                  .key_bytes = static_cast<std::uint32_t>(key.size())});
    }
    Result<Nothing> subscribe(Endpoint caller, std::string_view pattern, std::uint32_t flags = 0,
                              std::uint32_t types = 0) {
        return ask(caller, Subscribe{.pattern = system.grant(caller, pattern),
                                     .pattern_bytes = static_cast<std::uint32_t>(pattern.size()),
                                     .types = types,
                                     .flags = flags});
    }
    struct Seen {
        std::string key;
        Check::Reply reply;
    };
    Result<Seen> check(Endpoint caller) {
        char key[key_max] = {};
        const auto reply = ask(caller, Check{.key = system.grant(caller, key, sizeof key), .reserved = 0});
        if (!reply) return reply.error();
        return Seen{key, *reply};
    }
    Result<Nothing> drop(Endpoint caller, std::string_view name) {
        DropLabel request{};
        put_text(request.label, name);
        return ask(caller, request);
    }
    Endpoint lookup(std::string_view name) {
        EndpointOf request{};
        put_text(request.label, name);
        const auto reply = ask(nobody, request);
        return reply ? reply->endpoint : endpoint::none;
    }

    fake::System system;
    fake::Service<Server> server;
    rs::PublicEntry table[2] = {{"rs", endpoint::rs, 0, 0, 0, {0}}, {"pm", endpoint::pm, 0, 0, 0, {0}}};
};

}  // namespace

TEST_F(DsTest, boot_labels_come_from_the_table) {
    EXPECT_EQ(lookup("pm"), endpoint::pm);
    EXPECT_EQ(lookup("ds"), endpoint::ds);
    const auto name = ask(nobody, LabelOf{.endpoint = endpoint::rs});
    ASSERT_TRUE(name);
    EXPECT_STREQ(name->label, "rs");
    EXPECT_EQ(lookup("nobody"), endpoint::none);
}

TEST_F(DsTest, number_is_published_overwritten_and_deleted) {
    EXPECT_TRUE(number(alice, "test_u32", 1234));
    EXPECT_EQ(get(alice, "test_u32"), 1234u);
    EXPECT_EQ(number(alice, "test_u32", 4321).error(), Error::exists);
    EXPECT_TRUE(number(alice, "test_u32", 4321, flag::overwrite));
    EXPECT_EQ(get(bob, "test_u32"), 4321u);
    EXPECT_TRUE(remove(alice, "test_u32"));
    EXPECT_EQ(get(alice, "test_u32").error(), Error::no_process);
    EXPECT_EQ(remove(alice, "test_u32").error(), Error::no_process);
}

TEST_F(DsTest, text_is_cut_to_the_readers_buffer) {
    EXPECT_TRUE(text(alice, "s", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    EXPECT_EQ(get_text(bob, "s", 100), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    EXPECT_EQ(get_text(bob, "s", 16), "ABCDEFGHIJKLMNOP");
    EXPECT_EQ(get(bob, "s").error(), Error::no_process);  // another type is another entry
}

TEST_F(DsTest, failed_overwrite_keeps_the_old_value) {  // D 34
    EXPECT_TRUE(text(alice, "s", "old"));
    Publish request = publish_request(alice, Type::string, "s", 0, flag::overwrite);
    request.data = GrantId{12345};
    request.data_bytes = 10;
    EXPECT_EQ(ask(alice, request).error(), Error::not_permitted);
    EXPECT_EQ(get_text(alice, "s", 10), "old");
    request.data_bytes = std::uint64_t{1} << 60;
    EXPECT_EQ(ask(alice, request).error(), Error::no_memory);
    EXPECT_EQ(get_text(alice, "s", 10), "old");
}

TEST_F(DsTest, rights_of_the_owner) {
    EXPECT_TRUE(number(alice, "secret", 1, flag::private_retrieve | flag::private_overwrite));
    EXPECT_EQ(get(bob, "secret").error(), Error::not_permitted);
    EXPECT_EQ(get(nobody, "secret").error(), Error::not_permitted);
    EXPECT_EQ(number(bob, "secret", 2, flag::overwrite).error(), Error::not_permitted);
    EXPECT_EQ(remove(bob, "secret").error(), Error::not_permitted);
    EXPECT_EQ(get(alice, "secret"), 1u);
    EXPECT_TRUE(number(alice, "snapshot_only", 1, flag::private_snapshot));
    EXPECT_TRUE(number(bob, "snapshot_only", 2, flag::overwrite));  // D 13: an own bit
}

TEST_F(DsTest, bad_publications_are_refused) {
    EXPECT_EQ(number(nobody, "x", 1).error(), Error::not_permitted);
    EXPECT_EQ(label("me", alice, alice).error(), Error::not_permitted);
    EXPECT_EQ(drop(alice, "bob").error(), Error::not_permitted);
    EXPECT_EQ(label("a_label_that_is_too_long", bob).error(), Error::invalid);
    EXPECT_EQ(number(alice, "", 1).error(), Error::invalid);
    EXPECT_EQ(number(alice, std::string(80, 'k'), 1).error(), Error::invalid);
    EXPECT_TRUE(number(alice, std::string(79, 'k'), 1));
    EXPECT_EQ(number(alice, std::string_view("a\0b", 3), 1).error(), Error::invalid);
    EXPECT_EQ(ask(alice, publish_request(alice, static_cast<Type>(3), "x", 1, 0)).error(), Error::invalid);
    EXPECT_EQ(remove(nobody, "x").error(), Error::not_permitted);
}

TEST_F(DsTest, subscriber_hears_of_every_change_until_no_entry) {
    EXPECT_EQ(subscribe(nobody, "x").error(), Error::no_process);
    EXPECT_EQ(subscribe(bob, "(").error(), Error::invalid);
    EXPECT_EQ(check(bob).error(), Error::no_process);
    EXPECT_TRUE(subscribe(bob, "drv\\.vfs\\..*"));
    EXPECT_EQ(subscribe(bob, "other").error(), Error::exists);
    EXPECT_TRUE(number(alice, "drv.vfs.a", 1));
    EXPECT_TRUE(number(alice, "xdrv.vfs.b", 1));  // D 14: anchored in front as well
    EXPECT_TRUE(number(alice, "drv.vfs.c", 2));
    EXPECT_TRUE(number(alice, "drv.vfs.a", 3, flag::overwrite));
    EXPECT_EQ(system.notifications_to(bob), 3u);
    const auto first = check(bob), second = check(bob);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->key, "drv.vfs.a");
    EXPECT_EQ(first->reply.value, 3u);
    EXPECT_EQ(first->reply.owner, alice);
    EXPECT_EQ(first->reply.deleted, 0u);
    EXPECT_EQ(second->key, "drv.vfs.c");
    EXPECT_EQ(check(bob).error(), Error::no_entry);
}

TEST_F(DsTest, initial_and_type_filter) {
    EXPECT_TRUE(number(alice, "one", 1));
    EXPECT_TRUE(text(alice, "two", "2"));
    EXPECT_TRUE(number(alice, "hidden", 1, flag::private_subscribe));
    EXPECT_TRUE(subscribe(bob, ".*", flag::initial, static_cast<std::uint32_t>(Type::number)));
    EXPECT_EQ(system.notifications_to(bob), 1u);
    const auto only = check(bob);
    ASSERT_TRUE(only);
    EXPECT_EQ(only->key, "one");
    EXPECT_EQ(check(bob).error(), Error::no_entry);
    EXPECT_TRUE(subscribe(bob, ".*", flag::overwrite));
    EXPECT_EQ(check(bob).error(), Error::no_entry);
}

TEST_F(DsTest, failed_copy_of_the_key_keeps_the_mark) {
    EXPECT_TRUE(subscribe(bob, "k"));
    EXPECT_TRUE(number(alice, "k", 1));
    EXPECT_EQ(ask(bob, Check{.key = GrantId{99}, .reserved = 0}).error(), Error::not_permitted);
    EXPECT_TRUE(check(bob));
}

TEST_F(DsTest, dropped_label_takes_everything_along_and_subscribers_hear_of_it) {  // D 17
    EXPECT_TRUE(subscribe(bob, "k.*"));
    EXPECT_TRUE(subscribe(alice, "z"));
    EXPECT_TRUE(number(alice, "k1", 1));
    EXPECT_TRUE(check(bob));
    EXPECT_TRUE(drop(endpoint::rs, "alice"));
    EXPECT_EQ(lookup("alice"), endpoint::none);
    EXPECT_EQ(get(bob, "k1").error(), Error::no_process);
    const auto gone = check(bob);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->key, "k1");
    EXPECT_EQ(gone->reply.deleted, 1u);
    EXPECT_EQ(gone->reply.owner, endpoint::none);
    EXPECT_EQ(number(alice, "k1", 1).error(), Error::not_permitted);
    EXPECT_EQ(drop(endpoint::rs, "alice").error(), Error::no_process);
    EXPECT_TRUE(label("alice", alice));
    EXPECT_EQ(check(alice).error(), Error::no_process);
}

TEST_F(DsTest, restarted_service_keeps_its_name_and_loses_its_old_endpoint) {
    const Endpoint next = Endpoint::make(100, 2);
    EXPECT_TRUE(number(alice, "n", 1));
    EXPECT_TRUE(label("alice", next));
    EXPECT_EQ(lookup("alice"), next);
    EXPECT_EQ(ask(nobody, LabelOf{.endpoint = alice}).error(), Error::no_process);
    EXPECT_TRUE(remove(next, "n"));
}

TEST_F(DsTest, renamed_endpoint_keeps_what_it_owns) {
    EXPECT_TRUE(number(alice, "n", 1));
    EXPECT_TRUE(subscribe(alice, "n"));
    EXPECT_EQ(label("carol", alice, endpoint::rs, 0).error(), Error::exists);
    EXPECT_TRUE(label("carol", alice));
    EXPECT_EQ(lookup("alice"), endpoint::none);
    EXPECT_EQ(lookup("carol"), alice);
    EXPECT_EQ(check(alice).error(), Error::no_entry);
    EXPECT_TRUE(remove(alice, "n"));
}

TEST_F(DsTest, nothing_is_left_on_the_heap_after_a_drop) {
    std::size_t before = 0;
    for (int i = 0; i < 100; ++i) {
        if (i == 50) before = arena_heap().used_bytes();  // the tables have their size by then
        EXPECT_TRUE(label("temp", nobody));
        EXPECT_TRUE(text(nobody, "t" + std::to_string(i % 7), std::string(1000, 'x')));
        EXPECT_TRUE(subscribe(nobody, "[a-z]+.*", flag::initial));
        EXPECT_TRUE(drop(endpoint::rs, "temp"));
    }
    EXPECT_EQ(arena_heap().used_bytes(), before);
}
