// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// Who may take mapped memory back: through live updates, along a chain of grants, after deaths (ref 1.14).
#include "fake/fake_arch.hpp"
#include "kernel/memory/safe_map.hpp"
#include "kernel/process/death.hpp"

#include <vector>

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }
constexpr std::uint64_t table = 0x500000, granted = table + page_size, place = 0x600000;

/// An owner grants a page to a middle, which passes it on to a client.
class SafeMapChain : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        vm = &named(endpoint::vm);
        for (Process **process : {&owner, &middle, &client}) {
            *process = &dynamic_service();
            map_page(**process, place);
            tables.push_back(reinterpret_cast<GrantEntry *>(map_page(**process, table)));
            (*process)->privilege->grant_table = {table};
            (*process)->privilege->grant_count = 16;
        }
        name = owner->endpoint;
        map_page(*owner, granted);
        constexpr std::uint32_t live = grant_flag::used | grant_flag::valid;
        constexpr std::uint32_t all = grant_flag::map | grant_flag::read | grant_flag::write;
        tables[0][1] = {live | all | grant_flag::direct,
                        middle->endpoint,
                        endpoint::none,
                        invalid_grant,
                        {granted},
                        page_size,
                        0,
                        0};
        tables[0][2] = {live | all | grant_flag::direct,
                        client->endpoint,
                        endpoint::none,
                        invalid_grant,
                        {granted},
                        page_size,
                        0,
                        0};
        tables[1][3] = {live | grant_flag::indirect, client->endpoint, owner->endpoint, GrantId{1}, {}, 0, 0, 0};
        EXPECT_EQ(ipc(*vm, IpcCall::receive, endpoint::any), waits);
    }
    /// VM answers what it was asked for; what the call gives in the end.
    long answer(Process &caller) {
        reply_receive(*vm, caller.endpoint, message(0, received(*vm).tag, 0, true));
        while (caller.runnable() && caller.call_pending) continue_kernel_call(caller);
        return result(caller);
    }
    long map(const Process &granter, std::int32_t grant) {
        client->registers.r9 = 1;
        const long asked = call(*client, KernelCall::safe_map, granter.endpoint.value,
                                static_cast<std::uint32_t>(grant), 0, place, page_size);
        return asked == waits ? answer(*client) : asked;
    }
    /// True when VM was told to end the mapping of `grantee`, and the caller was satisfied.
    bool revokes(Process &granter, std::int32_t grant, Endpoint grantee) {
        end_wait(granter, Error::interrupted);  // a version that began in RECEIVE
        if (call(granter, KernelCall::safe_revoke, static_cast<std::uint32_t>(grant)) != waits) return false;
        const Message request = received(*vm);
        return request.type == kernel_message::unmap_request && request.words[0] == grantee.value &&
               request.words[1] == place && answer(granter) == 0;
    }
    /// The two change places, between two messages.
    long update(Endpoint one, Endpoint other) {
        for (const Endpoint process : {one, other})
            if (find_process(process)->runnable() && !find_process(process)->call_pending)
                ipc(*find_process(process), IpcCall::receive, endpoint::any);
        return call(named(endpoint::rs), KernelCall::update, one.value, other.value);
    }
    /// As its registers are between two chunks of a copy, or of a vector of copies.
    void in_the_middle_of(KernelCall copy, std::uint64_t first, std::uint64_t second) {
        client->registers.rax = number_of(copy);
        client->registers.rdi = first;
        client->registers.rsi = second;
        client->call_pending = true;
    }
    Process *vm, *owner, *middle, *client;
    Endpoint name;
    std::vector<GrantEntry *> tables;
};

TEST_F(SafeMapChain, an_updated_granter_takes_back_what_its_older_version_granted) {
    ASSERT_EQ(map(*owner, 2), 0);
    Process &fresh = dynamic_service();
    const Endpoint other = fresh.endpoint;
    ASSERT_EQ(update(name, other), 0);
    destroy(*find_process(other));  // the old version
    EXPECT_TRUE(revokes(*find_process(name), 2, client->endpoint));
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(SafeMapChain, what_an_updated_grantee_has_mapped_is_still_taken_back) {
    ASSERT_EQ(map(*owner, 2), 0);
    const Endpoint kept = client->endpoint, other = dynamic_service().endpoint;
    ASSERT_EQ(update(kept, other), 0);
    destroy(*find_process(other));
    EXPECT_EQ(safe_maps_in_use(), 1u);
    EXPECT_TRUE(revokes(*owner, 2, kept));
}

TEST_F(SafeMapChain, an_update_taken_back_leaves_the_mapping_revocable) {
    ASSERT_EQ(map(*owner, 2), 0);
    const Endpoint kept = client->endpoint, other = dynamic_service().endpoint;
    for (int round = 0; round < 2; ++round) ASSERT_EQ(update(kept, other), 0);
    destroy(*find_process(other));  // the new version, which failed
    EXPECT_TRUE(revokes(*owner, 2, kept));
}

TEST_F(SafeMapChain, every_granter_of_a_chain_can_take_the_memory_back) {
    ASSERT_EQ(map(*middle, 3), 0);
    EXPECT_EQ(call(*owner, KernelCall::safe_revoke, 2), 0) << "another grant of the same page";
    EXPECT_TRUE(revokes(*owner, 1, client->endpoint));
    ASSERT_EQ(map(*middle, 3), 0);
    EXPECT_TRUE(revokes(*middle, 3, client->endpoint));
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(SafeMapChain, the_owner_takes_back_what_a_dead_middle_passed_on) {
    ASSERT_EQ(map(*middle, 3), 0);
    destroy(*middle);
    EXPECT_EQ(safe_maps_in_use(), 1u);
    EXPECT_TRUE(revokes(*owner, 1, client->endpoint));
}

TEST_F(SafeMapChain, a_mapping_that_nobody_can_take_back_is_forgotten) {
    ASSERT_EQ(map(*middle, 3), 0);
    destroy(*owner);
    EXPECT_EQ(safe_maps_in_use(), 1u) << "the middle may";
    destroy(*middle);
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(SafeMapChain, a_copy_under_a_passed_on_grant_keeps_its_owner_from_being_updated) {
    // The second chunk is still to be copied.
    in_the_middle_of(KernelCall::safe_copy_from, middle->endpoint.value, 3);
    const Endpoint other = dynamic_service().endpoint;
    EXPECT_EQ(update(middle->endpoint, other), wire(Error::busy));
    EXPECT_EQ(update(name, other), wire(Error::busy));
    tables[1][3].flags = 0;  // revoked meanwhile: the copy will end there
    EXPECT_EQ(update(name, other), 0);
}

TEST_F(SafeMapChain, a_vector_with_a_passed_on_grant_keeps_its_owner_from_being_updated) {
    auto *vector = reinterpret_cast<VectorCopy *>(tables[2] + 8);
    vector[0] = {.from = middle->endpoint,
                 .to = endpoint::self,
                 .grant = GrantId{3},
                 .reserved = 0,
                 .offset = 0,
                 .address = {place},
                 .bytes = 8};
    in_the_middle_of(KernelCall::vsafe_copy, table + 8 * sizeof(GrantEntry), 1);
    const Endpoint other = dynamic_service().endpoint;
    EXPECT_EQ(update(name, other), wire(Error::busy));
}

TEST_F(SafeMapChain, a_chain_that_runs_in_a_circle_does_not_stop_the_kernel) {
    tables[0][5] = {grant_flag::used | grant_flag::valid | grant_flag::indirect,
                    middle->endpoint,
                    middle->endpoint,
                    GrantId{6},
                    {},
                    0,
                    0,
                    0};
    tables[1][6] = {grant_flag::used | grant_flag::valid | grant_flag::indirect,
                    owner->endpoint,
                    owner->endpoint,
                    GrantId{5},
                    {},
                    0,
                    0,
                    0};
    in_the_middle_of(KernelCall::safe_copy_from, middle->endpoint.value, 6);
    Process &third = dynamic_service();
    const Endpoint other = dynamic_service().endpoint;
    EXPECT_EQ(update(third.endpoint, other), 0);
}

}  // namespace
}  // namespace axo::kernel
