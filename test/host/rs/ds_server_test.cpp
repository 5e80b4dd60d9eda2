// sources: servers/ds/server.cpp servers/ds/publish.cpp servers/ds/subscribe.cpp servers/ds/store.cpp servers/ds/subscriptions.cpp
// sources: servers/ds/maps.cpp servers/ds/shared_map.cpp servers/ds/pattern.cpp servers/ds/pattern_match.cpp
// The rules of DS through its messages (ref 4.2 to 4.7).
#include <gtest/gtest.h>

#include "servers/ds/server.hpp"
#include "test/host/fake/fake_sys.hpp"

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
                               .data_bytes = 0,
                               .how = MapUse::none,
                               .reserved = 0,
                               .index = 0};
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
                               .data_bytes = room,
                               .how = MapUse::none,
                               .reserved = 0,
                               .index = 0};
        const auto reply = ask(caller, request);
        if (!reply) return reply.error();
        return buffer.substr(0, reply->data_bytes);
    }
    Result<Nothing> map(Endpoint caller, std::string_view key, std::span<char> pages, std::uint32_t flags = 0) {
        Publish request = publish_request(caller, Type::map, key, 0, flags);
        request.data = system.grant(caller, pages.data(), pages.size(), grant_flag::read | grant_flag::map);
        request.data_bytes = pages.size();
        return ask(caller, request);
    }
    /// The first four characters that a map holds or held.
    Result<std::string> get_map(Endpoint caller, std::string_view key, MapUse how, std::uint64_t index = 0) {
        std::string buffer(4, '?');
        const Retrieve request{.type = Type::map,
                               .key = system.grant(caller, key),
                               .key_bytes = static_cast<std::uint32_t>(key.size()),
                               .data = system.grant(caller, buffer.data(), buffer.size()),
                               .data_bytes = buffer.size(),
                               .how = how,
                               .reserved = 0,
                               .index = index};
        const auto reply = ask(caller, request);
        if (!reply) return reply.error();
        EXPECT_EQ(reply->data_bytes, buffer.size());
        return buffer;
    }
    Result<Retrieve::Reply> share(Endpoint caller, std::string_view key) {
        const Retrieve request{.type = Type::map,
                               .key = system.grant(caller, key),
                               .key_bytes = static_cast<std::uint32_t>(key.size()),
                               .data = invalid_grant,
                               .data_bytes = 0,
                               .how = MapUse::share,
                               .reserved = 0,
                               .index = 0};
        return ask(caller, request);
    }
    Result<std::uint64_t> snapshot(Endpoint caller, std::string_view key) {
        const auto reply = ask(
            caller, Snapshot{.key = system.grant(caller, key), .key_bytes = static_cast<std::uint32_t>(key.size())});
        if (!reply) return reply.error();
        return reply->index;
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

// ---- maps ------------------------------------------------------------------------------------------------

TEST_F(DsTest, map_shows_what_its_owner_writes_and_a_snapshot_what_it_held) {
    std::vector<char> pages(2 * 4096, '1');
    EXPECT_TRUE(map(alice, "m", pages));
    EXPECT_EQ(map(alice, "m", pages).error(), Error::exists);
    EXPECT_EQ(snapshot(bob, "m"), 0u);
    pages.assign(pages.size(), '2');
    EXPECT_EQ(get_map(bob, "m", MapUse::copy), "2222");
    EXPECT_EQ(get_map(bob, "m", MapUse::snapshot, 0), "1111");
    EXPECT_EQ(get_map(bob, "m", MapUse::snapshot, 1).error(), Error::invalid);
    EXPECT_EQ(get_map(bob, "m", MapUse::none).error(), Error::invalid);
    EXPECT_TRUE(remove(alice, "m", Type::map));
    EXPECT_EQ(get_map(bob, "m", MapUse::copy).error(), Error::no_process);
    EXPECT_EQ(snapshot(bob, "m").error(), Error::no_process);
}

TEST_F(DsTest, newest_five_snapshots_are_kept) {  // D 16
    std::vector<char> pages(4096);
    EXPECT_TRUE(map(alice, "m", pages));
    for (unsigned i = 0; i < 12; ++i) {
        pages.assign(pages.size(), static_cast<char>('a' + i));
        EXPECT_EQ(snapshot(alice, "m"), i);
    }
    EXPECT_EQ(get_map(bob, "m", MapUse::snapshot, 6).error(), Error::invalid);
    for (unsigned i = 7; i < 12; ++i)
        EXPECT_EQ(get_map(bob, "m", MapUse::snapshot, i), std::string(4, static_cast<char>('a' + i)));
}

TEST_F(DsTest, bad_maps_are_refused) {
    std::vector<char> pages(4096);
    EXPECT_EQ(map(alice, "m", pages, flag::overwrite).error(), Error::invalid);
    EXPECT_EQ(map(alice, "m", std::span(pages).first(4095)).error(), Error::invalid);
    EXPECT_EQ(map(alice, "m", std::span(pages).first(0)).error(), Error::invalid);
    EXPECT_EQ(map(nobody, "m", pages).error(), Error::not_permitted);
    Publish more = publish_request(alice, Type::map, "m", 0, 0);
    more.data = system.grant(alice, pages.data(), pages.size(), grant_flag::read);
    more.data_bytes = 2 * 4096;  // than was granted
    EXPECT_EQ(ask(alice, more).error(), Error::not_permitted);
    EXPECT_EQ(get_map(bob, "m", MapUse::copy).error(), Error::no_process);
}

TEST_F(DsTest, private_map_may_be_retrieved_and_kept_by_its_owner_only) {
    std::vector<char> pages(4096, 'x');
    EXPECT_TRUE(map(alice, "m", pages, flag::private_retrieve | flag::private_snapshot));
    EXPECT_EQ(get_map(bob, "m", MapUse::copy).error(), Error::not_permitted);
    EXPECT_EQ(share(bob, "m").error(), Error::not_permitted);
    EXPECT_EQ(snapshot(bob, "m").error(), Error::not_permitted);
    EXPECT_EQ(snapshot(alice, "m"), 0u);
    EXPECT_EQ(get_map(alice, "m", MapUse::snapshot, 0), "xxxx");
    EXPECT_TRUE(map(alice, "n", pages, flag::private_overwrite));  // D 13: another bit
    EXPECT_EQ(snapshot(bob, "n"), 0u);
}

TEST_F(DsTest, reader_gets_a_grant_that_passes_the_publishers_on) {
    std::vector<char> pages(4096);
    EXPECT_TRUE(map(alice, "m", pages));
    EXPECT_EQ(share(nobody, "m").error(), Error::not_permitted);
    const auto given = share(bob, "m"), again = share(bob, "m");
    ASSERT_TRUE(given && again);
    EXPECT_EQ(given->value, again->value);
    EXPECT_EQ(given->data_bytes, 4096u);
    const GrantEntry *entry = sys::grants().find(GrantId{static_cast<std::int32_t>(given->value)});
    ASSERT_NE(entry, nullptr);
    EXPECT_NE(entry->flags & grant_flag::indirect, 0u);
    EXPECT_EQ(entry->grantee, bob);
    EXPECT_EQ(entry->owner, alice);
}

TEST_F(DsTest, shared_pages_are_taken_back_when_the_map_or_either_side_goes) {
    std::vector<char> pages(4096);
    const auto revocations = [this] { return system.kernel_call_counts[KernelCall::safe_revoke]; };
    const auto begin = [&] {
        EXPECT_TRUE(map(alice, "m", pages));
        EXPECT_TRUE(share(bob, "m"));
        EXPECT_EQ(sys::grants().in_use(), 1u);
    };
    begin();
    EXPECT_TRUE(remove(alice, "m", Type::map));
    EXPECT_EQ(revocations(), 1u);
    begin();
    EXPECT_TRUE(drop(endpoint::rs, "bob"));
    EXPECT_EQ(revocations(), 2u);
    EXPECT_TRUE(label("bob", bob));
    EXPECT_TRUE(remove(alice, "m", Type::map));
    EXPECT_EQ(revocations(), 2u);
    begin();
    EXPECT_TRUE(drop(endpoint::rs, "alice"));
    EXPECT_EQ(revocations(), 3u);
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

// ---- quotas ----------------------------------------------------------------------------------------------

TEST_F(DsTest, owner_of_endless_keys_harms_only_itself) {
    for (unsigned i = 0; i < max_entries; ++i) EXPECT_TRUE(number(alice, "k" + std::to_string(i), i));
    EXPECT_EQ(number(alice, "more", 1).error(), Error::no_memory);
    EXPECT_TRUE(number(alice, "k0", 2, flag::overwrite));
    EXPECT_TRUE(number(bob, "more", 1));
    EXPECT_EQ(number(alice, "more", 2, flag::overwrite).error(), Error::no_memory) << "it would be one more of alice's";
    EXPECT_EQ(get(alice, "more"), 1u);
    EXPECT_TRUE(remove(alice, "k0"));
    EXPECT_TRUE(number(alice, "k64", 1));
}

TEST_F(DsTest, owner_has_so_many_bytes_and_snapshots_count) {
    EXPECT_EQ(text(alice, "t", std::string(max_bytes + 1, 'x')).error(), Error::no_memory);
    EXPECT_TRUE(text(alice, "t", std::string(max_bytes, 'x')));
    EXPECT_EQ(text(alice, "u", "x").error(), Error::no_memory);
    EXPECT_TRUE(text(alice, "t", std::string(max_bytes, 'y'), flag::overwrite));
    EXPECT_TRUE(remove(alice, "t", Type::string));
    std::vector<char> pages(max_bytes / 4);
    EXPECT_TRUE(map(alice, "m", pages));  // is not copied
    for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(snapshot(bob, "m"), i);
    EXPECT_EQ(snapshot(bob, "m").error(), Error::no_memory);
    EXPECT_EQ(get_map(bob, "m", MapUse::snapshot, 0), std::string(4, '\0'));
    Publish endless = publish_request(bob, Type::memory, "e", 0, 0);
    endless.data_bytes = ~std::uint64_t{0};
    EXPECT_EQ(ask(bob, endless).error(), Error::no_memory);
}

TEST_F(DsTest, deletions_nobody_asks_for_do_not_pile_up) {
    EXPECT_TRUE(subscribe(bob, "k.*"));
    EXPECT_TRUE(number(alice, "kept", 7));
    for (int i = 0; i < 500; ++i) {
        EXPECT_TRUE(number(alice, "k" + std::to_string(i), 1));
        EXPECT_TRUE(remove(alice, "k" + std::to_string(i)));
    }
    const auto first = check(bob);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->key, "kept");
    for (std::size_t i = 0; i < Subscriptions::max_deletions; ++i) {
        const auto gone = check(bob);
        ASSERT_TRUE(gone);
        EXPECT_EQ(gone->key, "k" + std::to_string(500 - Subscriptions::max_deletions + i));
        EXPECT_EQ(gone->reply.deleted, 1u);
    }
    EXPECT_EQ(check(bob).error(), Error::no_entry);
}
