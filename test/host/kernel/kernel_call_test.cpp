// sources: test/host/fake/fake_arch.cpp kernel/*.cpp kernel/call/*.cpp kernel/ipc/*.cpp kernel/memory/*.cpp kernel/process/*.cpp kernel/text/*.cpp !kernel/main.cpp !kernel/text/panic.cpp !kernel/process/run.cpp !kernel/text/symbols.cpp
// Privileges, scheduling, alarms, processes, memory, grants, faults (ref 1.9 to 1.18, 9.1).
#include "axo/exit_code.hpp"
#include "fake/fake_arch.hpp"
#include "kernel/arch/arch.hpp"
#include "kernel/ipc/turn.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/frame_owner.hpp"
#include "kernel/memory/memory_wait.hpp"
#include "kernel/memory/safe_map.hpp"
#include "kernel/memory/user_memory.hpp"
#include "kernel/process/death.hpp"
#include "kernel/process/signal.hpp"
#include "kernel/text/log.hpp"

#include <cstring>

namespace axo::kernel {
namespace {

constexpr long wire(Error error) { return static_cast<long>(to_wire(error)); }
constexpr UserException page_fault_at(std::uint64_t address, std::uint64_t access) {
    return {UserException::Kind::page_fault, 11, access, 14, access, address};
}
constexpr std::uint64_t page = 0x500000;
constexpr unsigned set_system = 3, set_user = 4, allow = 1, add_io = 5, query_memory = 8;

class Calls : public KernelTest {
protected:
    void SetUp() override {
        KernelTest::SetUp();
        a = &service(3);
        b = &service(4);
        memory = map_page(*a, page);
        other = map_page(*b, page);
    }
    template <typename T>
    T &at(std::byte *place, std::size_t offset = 0) {
        return *reinterpret_cast<T *>(place + offset);
    }

    /// Grant n of b: its page, for a.
    GrantEntry &grant(unsigned n, std::uint32_t flags = grant_flag::read | grant_flag::write) {
        auto &entry = at<GrantEntry>(other, n * sizeof(GrantEntry));
        entry = {flags | grant_flag::used | grant_flag::valid | grant_flag::direct,
                 a->endpoint,
                 endpoint::none,
                 invalid_grant,
                 {page + 2048},
                 1024,
                 0,
                 0};
        b->privilege->grant_table = {page};
        b->privilege->grant_count = 16;
        return entry;
    }
    long copy_from(std::int32_t id, std::uint64_t offset = 0, std::uint64_t bytes = 16) {
        return call(*a, KernelCall::safe_copy_from, b->endpoint.value, static_cast<std::uint32_t>(id), offset,
                    page + 1024, bytes);
    }
    long resolve(Process &caller, const Resolve &request) {
        return call(caller, KernelCall::resolve, word_of(request, 0), word_of(request, 1), word_of(request, 2),
                    word_of(request, 3), word_of(request, 4));
    }
    Process *a, *b;
    std::byte *memory, *other;
};

TEST_F(Calls, MaskAndNumberAreChecked) {
    EXPECT_EQ(call(*a, KernelCall::null), 0);
    EXPECT_EQ(call(*a, static_cast<KernelCall>(0x11f)), wire(Error::bad_request));
    EXPECT_EQ(call(*a, static_cast<KernelCall>(0xffff)), wire(Error::bad_request));
    a->privilege->rights.kernel_calls.reset(0);
    EXPECT_EQ(call(*a, KernelCall::null), wire(Error::call_denied));
}

TEST_F(Calls, PrivilegeRequestsKeepTheirPreconditions) {
    Process &rs = named(endpoint::rs);
    std::byte *own = map_page(rs, page);
    Process &fresh = **allocate_process();
    const auto target = fresh.endpoint.value;
    auto &wanted = at<Privileges>(own);
    wanted = {};
    wanted.flags = privilege_flag::check_irq;
    wanted.irq_count = 17;
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, allow), wire(Error::not_permitted));
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, set_system, page), wire(Error::invalid));
    wanted.irq_count = 0;
    wanted.id = 3;
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, set_system, page), wire(Error::busy));
    wanted.flags = privilege_flag::dynamic_id;
    wanted.may_send_to.set(3);
    const long id = call(rs, KernelCall::privilege_control, target, set_system, page);
    EXPECT_GE(id, static_cast<long>(first_dynamic_privilege_id));
    EXPECT_TRUE(a->privilege->rights.may_send_to.test(static_cast<unsigned>(id)));  // the mirror image
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, allow), 0);
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, allow), wire(Error::not_permitted));
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, set_system, page), wire(Error::not_permitted));
    at<IoRange>(own) = {0x60, 0x64};
    for (int i = 0; i < 32; ++i) EXPECT_EQ(call(rs, KernelCall::privilege_control, target, add_io, page), 0);
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, add_io, page), wire(Error::no_memory));
    end_turn(rs);
    EXPECT_EQ(call(rs, KernelCall::privilege_control, target, query_memory, page), wire(Error::not_permitted));
}

TEST_F(Calls, DynamicStructuresRunOutWithAnError) {
    for (unsigned i = first_dynamic_privilege_id; i < max_system_processes; ++i)
        ASSERT_TRUE(allocate_privilege(*a, privilege_flag::dynamic_id, 0));
    const auto last = allocate_privilege(*a, privilege_flag::dynamic_id, 0);
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error(), Error::no_space);
}

TEST_F(Calls, AlarmIsOneShotAndCancels) {
    EXPECT_EQ(call(*a, KernelCall::set_alarm, 500, 0), 0);
    EXPECT_EQ(fake::timer.value, fake::time + 500);
    EXPECT_EQ(call(*a, KernelCall::set_alarm, 700, 0), 500);
    EXPECT_EQ(call(*a, KernelCall::set_alarm, 0, 0), 700);
    EXPECT_EQ(call(*a, KernelCall::set_alarm, 100, 0), 0);
    fake::time += 100;
    timer_fired();
    EXPECT_EQ(ipc(*a, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(received(*a).source, endpoint::clock);
    EXPECT_EQ(ipc(*a, IpcCall::receive, endpoint::any), waits);
}

TEST_F(Calls, PriorityAndQuantumDecide) {
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot)
        stop(the_kernel.processes.slots[slot], run_flag::stopped);
    this_cpu().scheduler.current = nullptr;
    set_schedule(*a, 5, 100);
    set_schedule(*b, 5, 100);
    release(*b, run_flag::stopped);
    release(*a, run_flag::stopped);  // has quantum left as well: goes before b
    EXPECT_EQ(pick_next(), a);
    EXPECT_EQ(pick_next(), a);
    fake::time += 150;
    EXPECT_EQ(pick_next(), b);
    Process &urgent = named(endpoint::ds);
    set_schedule(urgent, 1, 100);
    release(urgent, run_flag::stopped);
    EXPECT_TRUE(this_cpu().scheduler.ask);
    EXPECT_EQ(pick_next(), &urgent);
    stop(urgent, run_flag::stopped);
    EXPECT_EQ(pick_next(), b);  // preempted, not expired: it goes on
}

TEST_F(Calls, WaitingForAServerCostsNoTurnButAUsedUpQuantumDoes) {
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot)
        stop(the_kernel.processes.slots[slot], run_flag::stopped);
    this_cpu().scheduler.current = nullptr;
    Process &server = named(endpoint::ds);
    set_schedule(*a, 5, 100);
    set_schedule(*b, 5, 100);
    set_schedule(server, 1, 100);
    release(*b, run_flag::stopped);
    release(*a, run_flag::stopped);
    const auto ask_server = [&](std::uint64_t its_work) {
        stop(*a, run_flag::stopped);
        release(server, run_flag::stopped);
        EXPECT_EQ(pick_next(), &server);
        a->quantum_left -= static_cast<std::int64_t>(its_work);
        release(*a, run_flag::stopped);
        stop(server, run_flag::stopped);
    };
    EXPECT_EQ(pick_next(), a);
    fake::time += 10;
    ask_server(10);
    EXPECT_EQ(pick_next(), a);
    ask_server(100);
    EXPECT_EQ(pick_next(), b);
    fake::time += 100;
    EXPECT_EQ(pick_next(), a);
}

TEST_F(Calls, NewProcessGoesBehindItsEquals) {
    for (unsigned slot = 0; slot < the_kernel.processes.high; ++slot)
        stop(the_kernel.processes.slots[slot], run_flag::stopped);
    this_cpu().scheduler.current = nullptr;
    set_schedule(*a, 5, 100);
    release(*a, run_flag::stopped);
    Process &child = **allocate_process();
    set_schedule(child, 5, 100);
    release(child, child.run_flags);
    EXPECT_EQ(pick_next(), a);
}

TEST_F(Calls, ServerRunsAtItsCallersPriorityAndExpense) {
    set_schedule(*b, 9, 0);
    EXPECT_EQ(ipc(*b, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(ipc(*a, IpcCall::sendrec, b->endpoint, message(1, 1)), waits);
    EXPECT_EQ(b->effective_priority, 4);
    this_cpu().scheduler.current = b;
    charge();
    const auto before = a->system_ticks;
    fake::time += 50;
    charge();
    EXPECT_EQ(a->system_ticks, before + 50);
    EXPECT_EQ(reply_receive(*b, a->endpoint, message(0, 1, 0, true)), waits);
    EXPECT_EQ(b->effective_priority, 9);
}

TEST_F(Calls, ForkedProgramIsInTheSameCall) {
    Process &pm = named(endpoint::pm);
    Process &program = user();
    EXPECT_EQ(call(pm, KernelCall::fork, program.endpoint.value, 0), wire(Error::busy));
    EXPECT_EQ(linux(program, 57), waits);
    EXPECT_EQ(ipc(pm, IpcCall::receive, endpoint::any), 0);
    const auto tag = received(pm).tag;
    program.registers.rbx = 77;
    const long name = call(pm, KernelCall::fork, program.endpoint.value, 0);
    ASSERT_GT(name, 0);
    Process &child = *find_process({static_cast<std::uint32_t>(name)});
    EXPECT_TRUE(create_space(child));
    EXPECT_EQ(ipc_and_end(pm, IpcCall::sendnb, child.endpoint, message(0, tag, 0, true)), 0);
    EXPECT_EQ(ipc_and_end(pm, IpcCall::sendnb, program.endpoint, message(0, tag, child.endpoint.value, true)), 0);
    EXPECT_EQ(result(child), 0);
    EXPECT_EQ(child.registers.rbx, 77u);
    EXPECT_EQ(result(program), name);
}

TEST_F(Calls, ThreadSharesTheSpaceUntilTheLastLeaves) {
    Process &pm = named(endpoint::pm);
    Process &program = user();
    EXPECT_EQ(linux(program, 56), waits);
    EXPECT_EQ(ipc(pm, IpcCall::receive, endpoint::any), 0);
    const long name = call(pm, KernelCall::start_thread, program.endpoint.value, 0);
    Process &thread = *find_process({static_cast<std::uint32_t>(name)});
    EXPECT_EQ(thread.space, program.space);
    EXPECT_EQ(call(pm, KernelCall::clear, program.endpoint.value), 0);
    EXPECT_NE(thread.space, nullptr);
    const std::size_t before = the_kernel.table_pool.available();
    EXPECT_EQ(call(pm, KernelCall::clear, thread.endpoint.value), 0);
    EXPECT_GT(the_kernel.table_pool.available(), before);
}

TEST_F(Calls, ExecForgetsTheCallAndTheRegisters) {
    Process &pm = named(endpoint::pm);
    std::memcpy(map_page(pm, page), "sh", 3);
    Process &program = user();
    program.registers.r15 = 5;
    EXPECT_EQ(linux(program, 59), waits);
    EXPECT_EQ(call(pm, KernelCall::exec, program.endpoint.value, 0x401000, 0x7fff'0000, page), 0);
    EXPECT_TRUE(program.runnable());
    EXPECT_EQ(program.registers.rip, 0x401000u);
    EXPECT_EQ(program.registers.r15, 0u);
    EXPECT_STREQ(program.name, "sh");
    EXPECT_EQ(pm.caller_head, nullptr);
}

TEST_F(Calls, ContextIsSanitised) {
    Process &pm = named(endpoint::pm);
    auto &context = at<Context>(map_page(pm, page));
    Process &program = user();
    EXPECT_EQ(call(pm, KernelCall::get_context, program.endpoint.value, page), 0);
    context.rflags = ~0ull;
    context.rip = 0x401000;
    context.fpu_bytes = 0;
    EXPECT_EQ(call_and_end(pm, KernelCall::set_context, program.endpoint.value, page), 0);
    EXPECT_EQ(program.registers.rflags & 0x3000, 0u);  // no I/O privilege
    EXPECT_EQ(program.registers.rflags & 0x202, 0x202u);
    context.rip = 0xffff'8000'0000'0000;
    EXPECT_EQ(call(pm, KernelCall::set_context, program.endpoint.value, page), wire(Error::invalid));
    EXPECT_EQ(call(pm, KernelCall::set_segment_base, program.endpoint.value, 0, 1ull << 47), wire(Error::invalid));
}

TEST_F(Calls, GrantTableMayLieAnywhere) {
    std::byte *next = map_page(*b, page + page_size);
    const GrantEntry entry = grant(0);
    constexpr std::size_t split = 20;
    b->privilege->grant_table = {page + page_size - split};
    std::memcpy(other + page_size - split, &entry, split);
    std::memcpy(next, reinterpret_cast<const std::byte *>(&entry) + split, sizeof entry - split);
    EXPECT_EQ(copy_from(0), 0);
    b->privilege->grant_table = {page + 1001};
    std::memcpy(other + 1001, &entry, sizeof entry);
    EXPECT_EQ(copy_from(0), 0);
    b->privilege->grant_table = {page + 2 * page_size};  // nothing is there
    EXPECT_EQ(copy_from(0), waits);
}

TEST_F(Calls, ContextMayAnswerTheCallThatTheCallerHas) {
    Process &pm = named(endpoint::pm);
    auto &context = at<Context>(map_page(pm, page));
    Process &program = user(endpoint::pm);
    const auto set = [&](OpenCall how) {
        return call_and_end(pm, KernelCall::set_context, program.endpoint.value, page, static_cast<std::uint64_t>(how));
    };
    EXPECT_EQ(ipc(pm, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(linux(program, 62), waits);
    EXPECT_EQ(call(pm, KernelCall::get_context, program.endpoint.value, page), 0);
    EXPECT_EQ(context.syscall_number, 62u);
    context.rip = 0x402000;
    context.rax = static_cast<std::uint64_t>(-600);  // not a result that anybody may change
    EXPECT_EQ(set(OpenCall::stays), 0);
    EXPECT_FALSE(program.runnable());
    EXPECT_EQ(set(OpenCall::answered), 0);
    EXPECT_TRUE(program.runnable());
    EXPECT_EQ(program.registers.rip, 0x402000u);
    EXPECT_EQ(result(program), -600);
    EXPECT_EQ(program.syscall_number, no_call);
    context.rip = 0x403000;
    EXPECT_EQ(set(OpenCall::answered), wire(Error::invalid));  // it is in no call
    EXPECT_EQ(program.registers.rip, 0x402000u);
}

TEST_F(Calls, ArgumentsOfProgramsAreCopiedUpToTheirBound) {
    std::memcpy(other + 100, "an argument", 12);
    const auto copy = [&](std::uint64_t bytes) {
        return call(*a, KernelCall::copy_argument, b->endpoint.value, page + 100, page + 64, bytes);
    };
    EXPECT_EQ(copy(12), 0);
    EXPECT_STREQ(reinterpret_cast<char *>(memory + 64), "an argument");
    EXPECT_EQ(copy(argument_bytes), 0);
    EXPECT_EQ(copy(argument_bytes + 1), wire(Error::too_big));
    EXPECT_EQ(copy(~0ull), wire(Error::too_big));
    EXPECT_EQ(call(*a, KernelCall::copy_argument, 0xffff, page, page, 8), wire(Error::invalid));
    EXPECT_EQ(call(*a, KernelCall::copy_argument, b->endpoint.value, 1ull << 47, page, 8), wire(Error::fault));
}

TEST_F(Calls, GrantsAreChecked) {
    std::memcpy(other + 2048, "hello, grantee!", 16);
    grant(2);
    EXPECT_EQ(copy_from(2), 0);
    EXPECT_STREQ(reinterpret_cast<char *>(memory + 1024), "hello, grantee!");
    EXPECT_EQ(copy_from(-1), wire(Error::invalid));
    EXPECT_EQ(copy_from(3), wire(Error::not_permitted));
    EXPECT_EQ(copy_from(16), wire(Error::not_permitted));
    EXPECT_EQ(copy_from(2 | 1 << 16), wire(Error::not_permitted));  // another sequence
    EXPECT_EQ(copy_from(2, 1020, 16), wire(Error::not_permitted));
    EXPECT_EQ(copy_from(2, ~0ull, 16), wire(Error::not_permitted));
    grant(2, grant_flag::write);
    EXPECT_EQ(copy_from(2), wire(Error::not_permitted));
    grant(2).grantee = named(endpoint::ds).endpoint;
    EXPECT_EQ(copy_from(2), wire(Error::not_permitted));
    grant(2).grantee = endpoint::any;
    EXPECT_EQ(copy_from(2), 0);
    grant(2).flags |= grant_flag::magic;
    EXPECT_EQ(copy_from(2), wire(Error::not_permitted));  // only VFS may
}

TEST_F(Calls, IndirectChainsEnd) {
    for (const int hops : {5, 6}) {
        grant(0).grantee = b->endpoint;
        for (int i = 1; i <= hops; ++i) {
            GrantEntry &entry = grant(static_cast<unsigned>(i));
            entry.flags = grant_flag::used | grant_flag::valid | grant_flag::indirect;
            entry.grantee = i == hops ? a->endpoint : b->endpoint;
            entry.owner = b->endpoint;
            entry.previous = {i - 1};
        }
        EXPECT_EQ(copy_from(hops), hops == 5 ? 0 : wire(Error::loop));
    }
}

TEST_F(Calls, CopyWaitsForVmAndGoesOn) {
    Process &vm = named(endpoint::vm);
    grant(0).address = {page + 0x10000};
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(copy_from(0), waits);
    const Message request = received(vm);
    EXPECT_EQ(request.type, kernel_message::memory_request);
    EXPECT_EQ(request.source, a->endpoint);
    EXPECT_EQ(request.words[0], b->endpoint.value);
    EXPECT_EQ(request.words[1], page + 0x10000);
    std::memcpy(map_page(*b, page + 0x10000), "late", 5);
    EXPECT_EQ(reply_receive(vm, a->endpoint, message(0, request.tag, 0, true)), waits);
    EXPECT_TRUE(a->runnable() && a->call_pending);
    continue_kernel_call(*a);
    EXPECT_EQ(result(*a), 0);
    EXPECT_STREQ(reinterpret_cast<char *>(memory + 1024), "late");
}

/// Grant 1 of b: one whole page of its own, to be mapped by a.
class SafeMaps : public Calls {
protected:
    static constexpr std::uint64_t own = page + page_size;

    void SetUp() override {
        Calls::SetUp();
        vm = &named(endpoint::vm);
        GrantEntry &entry = grant(1, grant_flag::map | grant_flag::read | grant_flag::write);
        entry.address = {page + page_size};
        entry.bytes = page_size;
        EXPECT_EQ(ipc(*vm, IpcCall::receive, endpoint::any), waits);
    }
    long map(std::uint64_t place = own, std::uint64_t bytes = page_size) {
        a->registers.r9 = 1;
        return call(*a, KernelCall::safe_map, b->endpoint.value, 1, 0, place, bytes);
    }
    /// VM answers what it was asked for; what the call gives in the end.
    long answer(Process &caller, std::int64_t status = 0) {
        reply_receive(*vm, caller.endpoint, message(0, received(*vm).tag, static_cast<std::uint64_t>(status), true));
        while (caller.runnable() && caller.call_pending) continue_kernel_call(caller);
        return result(caller);
    }
    Process *vm;
};

TEST_F(SafeMaps, MapIsDoneByVmAndCounted) {
    EXPECT_EQ(map(), waits);
    const Message request = received(*vm);
    EXPECT_EQ(request.type, kernel_message::map_request);
    EXPECT_EQ(request.words[0], a->endpoint.value);
    EXPECT_EQ(request.words[1], own);
    EXPECT_EQ(request.words[3], b->endpoint.value);
    EXPECT_EQ(request.words[4], page + page_size);
    EXPECT_EQ(request.words[5], fault_access::write);
    EXPECT_EQ(safe_maps_in_use(), 0u);
    EXPECT_EQ(answer(*a), 0);
    EXPECT_EQ(safe_maps_in_use(), 1u);
    EXPECT_EQ(call(*a, KernelCall::safe_unmap, own), waits);
    EXPECT_EQ(received(*vm).type, kernel_message::unmap_request);
    EXPECT_EQ(answer(*a), 0);
    EXPECT_EQ(safe_maps_in_use(), 0u);
    EXPECT_EQ(call(*a, KernelCall::safe_unmap, own), wire(Error::invalid));
}

TEST_F(SafeMaps, RevokeEndsEveryMappingOfTheGrant) {
    for (const std::uint64_t place : {own, own + page_size}) {
        EXPECT_EQ(map(place), waits);
        EXPECT_EQ(answer(*a), 0);
    }
    EXPECT_EQ(call(*b, KernelCall::safe_revoke, 1), waits);
    EXPECT_EQ(answer(*b), waits) << "the second mapping";
    EXPECT_EQ(answer(*b), 0);
    EXPECT_EQ(safe_maps_in_use(), 0u);
    EXPECT_EQ(call(*b, KernelCall::safe_revoke, 1), 0) << "nothing left to revoke";
}

TEST_F(SafeMaps, RevokeMeetsARequestThatVmIsBusyWith) {
    EXPECT_EQ(map(), waits);
    const Message request = received(*vm);
    EXPECT_EQ(call(*b, KernelCall::safe_revoke, 1), waits) << "VM has to end it";
    reply_receive(*vm, a->endpoint, message(0, request.tag, 0, true));
    while (a->runnable() && a->call_pending) continue_kernel_call(*a);
    EXPECT_EQ(result(*a), wire(Error::not_permitted));
    EXPECT_EQ(received(*vm).type, kernel_message::unmap_request);
    EXPECT_EQ(answer(*b), 0);
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(SafeMaps, BadRequestsAreRefused) {
    EXPECT_EQ(map(own + 1), wire(Error::invalid));
    EXPECT_EQ(map(own, 100), wire(Error::invalid));
    EXPECT_EQ(map(own, 0), wire(Error::invalid));
    EXPECT_EQ(map(own, 2 * page_size), wire(Error::not_permitted));
    EXPECT_EQ(map(layout::user_end), wire(Error::fault));
    at<GrantEntry>(other, sizeof(GrantEntry)).flags &= ~grant_flag::map;
    EXPECT_EQ(map(), wire(Error::not_permitted));
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(SafeMaps, RefusalOfVmLeavesNoRecord) {
    for (unsigned i = 0; i < max_safe_maps + 1; ++i) {
        EXPECT_EQ(map(), waits);
        EXPECT_EQ(answer(*a, to_wire(Error::no_memory)), wire(Error::no_memory));
    }
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(SafeMaps, TableIsBoundedAndEmptiedByDeath) {
    for (unsigned i = 0; i < max_safe_maps; ++i) {
        EXPECT_EQ(map(own + i * page_size), waits);
        EXPECT_EQ(answer(*a), 0);
    }
    EXPECT_EQ(map(own + max_safe_maps * page_size), wire(Error::busy));
    destroy(*a);
    EXPECT_EQ(safe_maps_in_use(), 0u);
}

TEST_F(Calls, RefusedMemoryRequestFailsTheCall) {
    Process &vm = named(endpoint::vm);
    grant(0).address = {page + 0x10000};
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), waits);
    EXPECT_EQ(copy_from(0), waits);
    const auto absent = static_cast<std::uint64_t>(to_wire(Error::absent));
    EXPECT_EQ(reply_receive(vm, a->endpoint, message(0, received(vm).tag, absent, true)), waits);
    EXPECT_EQ(result(*a), wire(Error::absent));
}

TEST_F(Calls, ReadOnlyPagesAreAskedOfVmBeforeWriting) {
    Process &vm = named(endpoint::vm);
    map_page(*b, page + 0x20000, false);
    EXPECT_EQ(call(*a, KernelCall::virtual_copy, a->endpoint.value, page, b->endpoint.value, page + 0x20000, 8), waits);
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), 0);
    EXPECT_EQ(received(vm).words[3], fault_access::write);
}

TEST_F(Calls, LongCopiesAreDoneInParts) {
    constexpr std::uint64_t from = 0x1000'0000, to = 0x2000'0000, bytes = 200 * 1024;
    for (std::uint64_t offset = 0; offset < bytes; offset += page_size) {
        std::memset(map_page(*a, from + offset), static_cast<int>(offset / page_size), page_size);
        map_page(*b, to + offset);
    }
    this_cpu().scheduler.current = a;
    a->registers = {};
    a->registers.rax = number_of(KernelCall::virtual_copy);
    a->registers.rdi = a->endpoint.value;
    a->registers.rsi = from;
    a->registers.rdx = b->endpoint.value;
    a->registers.r10 = to;
    a->registers.r8 = bytes;
    kernel_call(*a);
    unsigned parts = 1;
    for (; a->call_pending; ++parts) continue_kernel_call(*a);
    EXPECT_EQ(parts, 4u);
    EXPECT_EQ(result(*a), 0);
    const auto last = b->space->table().query({to + bytes - page_size});
    EXPECT_EQ(static_cast<const unsigned char *>(arch::ram(last->frame))[5], bytes / page_size - 1);
}

TEST_F(Calls, PageFaultIsARequestToVm) {
    Process &vm = named(endpoint::vm);
    Process &program = user();
    user_exception(program, page_fault_at(0x1234, fault_access::user));
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), 0);
    const Message fault = received(vm);
    EXPECT_EQ(fault.type, kernel_message::page_fault);
    EXPECT_TRUE(fault.from_kernel());
    EXPECT_EQ(fault.words[0], 0x1234u);
    EXPECT_EQ(ipc_and_end(vm, IpcCall::sendnb, program.endpoint, message(0, fault.tag, 0, true)), 0);
    EXPECT_TRUE(program.runnable());
    user_exception(program, page_fault_at(0x1234, fault_access::user));
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), 0);
    const auto refused = static_cast<std::uint64_t>(to_wire(Error::fault));
    EXPECT_EQ(ipc_and_end(vm, IpcCall::sendnb, program.endpoint, message(0, received(vm).tag, refused, true)), 0);
    EXPECT_EQ(program.signals, signal_bit(signal::segv));
    EXPECT_FALSE(program.runnable());
    EXPECT_THROW(user_exception(vm, page_fault_at(0x1234, 0)), Panic);
}

TEST_F(Calls, ResolveMapsAndAnswersInOne) {
    Process &vm = named(endpoint::vm);
    Process &program = user();
    user_exception(program, page_fault_at(0x700000, 0));
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), 0);
    Resolve request{program.endpoint,  map_flag::write, {0x700000}, {0x40'0000}, {0},
                    FrameSource::zero, program.endpoint};
    request.frame = {0x2000};  // a frame of the kernel's
    EXPECT_EQ(resolve(vm, request), wire(Error::not_permitted));
    request.frame = {0x40'0000};
    std::memset(arch::ram({0x40'0000}), 0xee, page_size);
    EXPECT_EQ(resolve(vm, request), 0);
    EXPECT_FALSE(program.runnable());  // an answer leaves with the end of the turn
    EXPECT_EQ(resolve(vm, request), wire(Error::not_ready));
    EXPECT_EQ(static_cast<const unsigned char *>(arch::ram({0x40'0000}))[7], 0);
    EXPECT_EQ(call(vm, KernelCall::query_page, program.endpoint.value, 0x700000), 0x40'0000 | map_flag::write);
    EXPECT_EQ(ipc(vm, IpcCall::receive, endpoint::any), waits);
    EXPECT_TRUE(program.runnable());
}

TEST_F(Calls, FramesOfTheKernelAreNotMapped) {
    Process &vm = named(endpoint::vm);
    auto &run = at<MapRun>(map_page(vm, page));
    run = {{0x700000}, {0x40'0000}, 4, map_flag::write};
    EXPECT_EQ(call(vm, KernelCall::map, b->endpoint.value, page, 1), 0);
    run.frame = {0x3000};
    EXPECT_EQ(call(vm, KernelCall::map, b->endpoint.value, page, 1), wire(Error::not_permitted));
    run = {{layout::mapping_end}, {0x40'0000}, 1, map_flag::write};
    EXPECT_EQ(call(vm, KernelCall::map, b->endpoint.value, page, 1), wire(Error::invalid));
    EXPECT_EQ(call(vm, KernelCall::donate_frames, 0x50'0000, 2), 0);
    EXPECT_EQ(call(vm, KernelCall::donate_frames, 0x50'0000, 2), wire(Error::not_permitted));
    EXPECT_EQ(call(vm, KernelCall::unmap, b->endpoint.value, 0x700000, 4), 0);
}

TEST_F(Calls, RunsThatAppearWhileMappingAreChecked) {
    Process &vm = named(endpoint::vm);
    auto *runs = &at<MapRun>(map_page(vm, page));
    auto *hidden = static_cast<MapRun *>(arch::ram({0x40'0000}));
    runs[0] = {{page}, {0x40'0000}, 1, map_flag::write};  // replaces the list itself
    runs[1] = {{0x700000}, {0x41'0000}, 1, map_flag::write};
    hidden[1] = {{0x700000}, {0x3000}, 1, map_flag::write};  // a frame of the kernel
    EXPECT_EQ(call(vm, KernelCall::map, vm.endpoint.value, page, 2), wire(Error::not_permitted));
    EXPECT_EQ(call(vm, KernelCall::query_page, vm.endpoint.value, 0x700000), wire(Error::absent));
}

TEST_F(Calls, StopOfACoreServiceIsNoPanicOfTheKernel) {
    try {
        call(named(endpoint::rs), KernelCall::shutdown, static_cast<std::uint64_t>(ShutdownHow::panic));
        FAIL() << "the machine goes on";
    } catch (const Panic &stop) {
        EXPECT_EQ(std::string(stop.what()).find(std::to_string(static_cast<unsigned>(ExitCode::core_service_died))),
                  0u);
    }
}

TEST_F(Calls, PortsAreRangeChecked) {
    a->privilege->rights.flags |= privilege_flag::check_io;
    a->privilege->rights.io[0] = {0x60, 0x63};
    a->privilege->rights.io_count = 1;
    EXPECT_EQ(call(*a, KernelCall::port_out, 0x60, 4, 0xabc), 0);
    EXPECT_EQ(call(*a, KernelCall::port_in, 0x60, 1), 0xabc);
    EXPECT_EQ(call(*a, KernelCall::port_in, 0x64, 1), wire(Error::not_permitted));
    EXPECT_EQ(call(*a, KernelCall::port_in, 0x62, 4), wire(Error::not_permitted));
    EXPECT_EQ(call(*a, KernelCall::port_in, 0x60, 3), wire(Error::invalid));
}

TEST_F(Calls, BadPointersAreFaultsOfTheCaller) {
    stop(named(endpoint::vm), run_flag::no_priv);
    for (const std::uint64_t bad : {0ull, 0xffff'8000'0000'0000ull, ~0ull, 0x0000'7fff'ffff'f000ull})
        EXPECT_EQ(call(*a, KernelCall::times, a->endpoint.value, bad), wire(Error::fault)) << std::hex << bad;
    EXPECT_EQ(call(*a, KernelCall::diagnostics, page, 2001), wire(Error::invalid));
}

TEST_F(Calls, LongDiagnosticsAreLoggedWhole) {
    constexpr std::size_t bytes = 2000;
    std::memset(memory, 'd', bytes);
    const std::uint64_t before = the_kernel.log.ring.end();
    EXPECT_EQ(call(*a, KernelCall::diagnostics, page, bytes), 0);
    EXPECT_EQ(the_kernel.log.ring.end(), before + bytes);
}

}  // namespace
}  // namespace axo::kernel
