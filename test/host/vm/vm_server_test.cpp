// sources: servers/vm/*.cpp servers/vm/*/*.cpp !servers/vm/main.cpp test/host/pm/fake_vdso.cpp
// The whole memory server on a fake machine: programs map, touch, fork, exec and end; every frame must come back.
#include "test/host/vm/vm_machine.hpp"

namespace axo::fake {
namespace {

constexpr unsigned nr_mmap = 9, nr_mprotect = 10, nr_munmap = 11, nr_brk = 12, nr_mremap = 25, nr_msync = 26,
                   nr_madvise = 28;
constexpr std::uint64_t page = 4096;
constexpr auto user = VmMachine::user, child = VmMachine::child;

std::int64_t error(Error value) { return to_wire(value); }

struct VmServer : testing::Test, VmMachine {
    VmServer() { start_process(user); }

    void fork_child(vm::ForkKind kind = vm::ForkKind::copy, vm::Owner owner = vm::Owner::somebody) {
        const auto reply = server->ask(endpoint::pm, vm::Fork{user, child, kind, owner});
        ASSERT_TRUE(reply && *reply);
    }
    void end(Endpoint process) { ASSERT_TRUE(server->ask(endpoint::pm, vm::Exit{process})); }
};

TEST_F(VmServer, anonymous_memory_is_zero_and_keeps_what_is_written) {
    const std::uint64_t at = mmap_anonymous(user, 3 * page);
    EXPECT_EQ(read(user, at), 0);
    EXPECT_TRUE(write(user, at + page + 5, 'x'));
    EXPECT_EQ(read(user, at + page + 5), 'x');
    EXPECT_EQ(read(user, at + 3 * page), -1);
    EXPECT_EQ(last_error, error(Error::fault));
}

TEST_F(VmServer, every_frame_comes_back_after_munmap) {
    const std::uint64_t warm = mmap_anonymous(user, 64 * page);
    EXPECT_TRUE(write(user, warm, 1));
    call(user, nr_munmap, {warm, 64 * page});
    const std::uint64_t before = free_frames();
    const std::uint64_t at = mmap_anonymous(user, 64 * page);
    for (unsigned i = 0; i < 64; ++i) EXPECT_TRUE(write(user, at + i * page, 1));
    EXPECT_EQ(free_frames(), before - 64);
    EXPECT_EQ(call(user, nr_munmap, {at + page, page}), 0);
    EXPECT_EQ(read(user, at + page), -1);
    EXPECT_EQ(read(user, at), 1);
    EXPECT_EQ(call(user, nr_munmap, {at, 64 * page}), 0);
    EXPECT_EQ(free_frames(), before);
}

TEST_F(VmServer, write_to_read_only_memory_is_refused_until_mprotect) {
    const std::uint64_t at = mmap_anonymous(user, 2 * page, 1);
    EXPECT_FALSE(write(user, at, 1));
    EXPECT_EQ(call(user, nr_mprotect, {at, page, 3}), 0);
    EXPECT_TRUE(write(user, at, 7));
    EXPECT_FALSE(write(user, at + page, 1));
    EXPECT_EQ(call(user, nr_mprotect, {at, page, 0}), 0);
    EXPECT_EQ(read(user, at), -1);
    EXPECT_EQ(call(user, nr_mprotect, {at, page, 1}), 0);
    EXPECT_EQ(read(user, at), 7);
    EXPECT_EQ(call(user, nr_mprotect, {at, 3 * page, 1}), error(Error::no_memory));
    EXPECT_EQ(call(user, nr_mprotect, {at + 1, page, 1}), error(Error::invalid));
}

TEST_F(VmServer, forked_processes_do_not_see_each_others_writes) {
    const std::uint64_t at = mmap_anonymous(user, 2 * page);
    EXPECT_TRUE(write(user, at, 'a'));
    const std::uint64_t before = free_frames();
    fork_child();
    EXPECT_EQ(read(child, at), 'a');
    EXPECT_TRUE(write(child, at, 'b'));
    EXPECT_EQ(read(user, at), 'a');
    EXPECT_TRUE(write(user, at, 'c'));
    EXPECT_EQ(read(child, at), 'b');
    end(child);
    EXPECT_EQ(free_frames(), before);
    EXPECT_TRUE(write(user, at, 'd'));
    EXPECT_EQ(free_frames(), before) << "the last owner writes in place";
}

TEST_F(VmServer, shared_anonymous_memory_is_seen_by_both_after_fork) {
    const std::uint64_t at = mmap_anonymous(user, 2 * page, 3, 0x21);
    EXPECT_TRUE(write(user, at, 'a'));
    fork_child();
    EXPECT_TRUE(write(child, at, 'b'));
    EXPECT_EQ(read(user, at), 'b');
    EXPECT_TRUE(write(user, at + page, 'c'));
    EXPECT_EQ(read(child, at + page), 'c');
}

TEST_F(VmServer, vfork_child_shares_the_space_and_gives_it_back_untouched) {
    const std::uint64_t at = mmap_anonymous(user, page);
    tables[child.value];
    fork_child(vm::ForkKind::share);
    EXPECT_TRUE(write(user, at, 'p'));
    end(child);
    EXPECT_EQ(read(user, at), 'p');
}

TEST_F(VmServer, exit_of_everybody_returns_all_frames) {
    const std::uint64_t shared = mmap_anonymous(user, 4 * page, 3, 0x21);
    const std::uint64_t at = mmap_anonymous(user, 8 * page);
    for (unsigned i = 0; i < 8; ++i) EXPECT_TRUE(write(user, at + i * page, 1));
    EXPECT_TRUE(write(user, shared, 1));
    const std::uint64_t held = 9;
    const std::uint64_t before = free_frames();
    fork_child();
    end(child);
    end(user);
    EXPECT_EQ(free_frames(), before + held);
    EXPECT_EQ(server->state().memory.committed(), 0u);
    EXPECT_EQ(server->state().processes.spaces(), 0u);
}

TEST_F(VmServer, brk_grows_and_shrinks_and_refuses_what_is_taken) {
    auto *space = server->state().processes.space_of(user);
    space->brk_start = space->brk_end = 0x600000;
    EXPECT_EQ(call(user, nr_brk, {0}), 0x600000);
    EXPECT_EQ(call(user, nr_brk, {0x602010}), 0x602010);
    EXPECT_TRUE(write(user, 0x602fff, 1));
    EXPECT_FALSE(write(user, 0x603000, 1));
    EXPECT_EQ(call(user, nr_brk, {0x601000}), 0x601000);
    EXPECT_FALSE(write(user, 0x601000, 1));
    EXPECT_EQ(call(user, nr_mmap, {0x605000, page, 3, 0x32, ~0ull, 0}), 0x605000);
    EXPECT_EQ(call(user, nr_brk, {0x700000}), 0x601000);
    EXPECT_EQ(call(user, nr_brk, {0x602000}), 0x602000);
    EXPECT_EQ(read(user, 0x601000), 0) << "memory that brk gave back is fresh";
}

TEST_F(VmServer, mmap_rejects_each_bad_argument) {
    EXPECT_EQ(call(user, nr_mmap, {0, 0, 3, 0x22, ~0ull, 0}), error(Error::invalid));
    EXPECT_EQ(call(user, nr_mmap, {0, page, 3, 0x20, ~0ull, 0}), error(Error::invalid));
    EXPECT_EQ(call(user, nr_mmap, {0, page, 8, 0x22, ~0ull, 0}), error(Error::invalid));
    EXPECT_EQ(call(user, nr_mmap, {1, page, 3, 0x32, ~0ull, 0}), error(Error::invalid));
    EXPECT_EQ(call(user, nr_mmap, {0, ~0ull, 3, 0x22, ~0ull, 0}), error(Error::no_memory));
    EXPECT_EQ(call(user, nr_mmap, {0, 1ull << 40, 3, 0x22, ~0ull, 0}), error(Error::no_memory)) << "cannot be backed";
    EXPECT_GT(call(user, nr_mmap, {0, 1ull << 40, 0, 0x22, ~0ull, 0}), 0) << "PROT_NONE needs no backing";
    const std::uint64_t at = mmap_anonymous(user, page);
    EXPECT_EQ(call(user, nr_mmap, {at, page, 3, 0x100022, ~0ull, 0}), error(Error::exists));
}

/// A `syscall` in its last bytes would come back to an address that is not canonical.
TEST_F(VmServer, the_last_page_below_the_hole_belongs_to_nobody) {
    constexpr std::uint64_t last = layout::mapping_end;
    EXPECT_EQ(call(user, nr_mmap, {last, page, 3, 0x32, ~0ull, 0}), error(Error::no_memory));
    EXPECT_EQ(call(user, nr_mmap, {last - page, 2 * page, 3, 0x32, ~0ull, 0}), error(Error::no_memory));
    EXPECT_NE(call(user, nr_mmap, {last, page, 3, 0x22, ~0ull, 0}), static_cast<std::int64_t>(last)) << "a hint";
    const std::uint64_t at = mmap_anonymous(user, page);
    EXPECT_EQ(call(user, nr_mremap, {at, page, page, 3, last}), error(Error::invalid));
    EXPECT_TRUE(write(user, at, 'x')) << "it is where it was";
}

TEST_F(VmServer, fixed_mapping_replaces_what_it_covers) {
    const std::uint64_t at = mmap_anonymous(user, 4 * page);
    EXPECT_TRUE(write(user, at + page, 'x'));
    EXPECT_EQ(call(user, nr_mmap, {at + page, page, 3, 0x32, ~0ull, 0}), static_cast<std::int64_t>(at + page));
    EXPECT_EQ(read(user, at + page), 0);
}

TEST_F(VmServer, mremap_keeps_content_in_place_and_elsewhere) {
    const std::uint64_t at = mmap_anonymous(user, 2 * page);
    EXPECT_TRUE(write(user, at + page, 'k'));
    EXPECT_EQ(call(user, nr_mremap, {at, 2 * page, page * 4, 0}), error(Error::no_memory)) << "mmap_top is above it";
    const std::int64_t moved = call(user, nr_mremap, {at, 2 * page, 4 * page, 1});
    ASSERT_GT(moved, 0);
    EXPECT_EQ(read(user, static_cast<std::uint64_t>(moved) + page), 'k');
    EXPECT_EQ(read(user, static_cast<std::uint64_t>(moved) + 3 * page), 0);
    EXPECT_EQ(read(user, at), -1);
    EXPECT_EQ(call(user, nr_mremap, {static_cast<std::uint64_t>(moved), 4 * page, page, 0}), moved);
    EXPECT_EQ(read(user, static_cast<std::uint64_t>(moved) + page), -1);
}

TEST_F(VmServer, madvise_dont_need_gives_fresh_pages) {
    const std::uint64_t at = mmap_anonymous(user, 2 * page);
    EXPECT_TRUE(write(user, at, 'x'));
    EXPECT_EQ(call(user, nr_madvise, {at, page, 4}), 0);
    EXPECT_EQ(read(user, at), 0);
    EXPECT_EQ(call(user, nr_madvise, {at, page, 99}), error(Error::invalid));
    EXPECT_EQ(call(user, nr_msync, {at, page, 5}), error(Error::invalid));
    EXPECT_EQ(call(user, nr_msync, {at, 3 * page, 4}), error(Error::no_memory));
}

TEST_F(VmServer, out_of_memory_kills_the_largest_and_lets_the_fault_go_on) {
    const std::uint64_t at = mmap_anonymous(user, 4096 * page, 3, 0x4022);
    fork_child();
    std::uint64_t next = at;
    while (killed.empty() && next < at + 4096 * page) {
        touch(user, next, true);
        next += page;
    }
    ASSERT_EQ(killed.size(), 1u);
    EXPECT_EQ(killed[0], user.value);
    end(user);
    EXPECT_TRUE(write(child, at, 1));
}

TEST_F(VmServer, program_of_root_is_killed_only_when_there_is_no_other) {
    const std::uint64_t at = mmap_anonymous(user, 4096 * page, 3, 0x4022);
    fork_child(vm::ForkKind::copy, vm::Owner::root);
    EXPECT_TRUE(write(user, at, 1));
    std::uint64_t next = at;
    for (; killed.empty() && next < at + 4096 * page; next += page) touch(child, next, true);
    ASSERT_EQ(killed.size(), 1u);
    EXPECT_EQ(killed[0], user.value) << "though it is small";
    end(user);
    for (; killed.size() == 1 && next < at + 4096 * page; next += page) touch(child, next, true);
    ASSERT_EQ(killed.size(), 2u);
    EXPECT_EQ(killed[1], child.value);
}

TEST_F(VmServer, some_memory_is_promised_to_programs_of_root_only) {
    while (mmap_anonymous(user, 16 * page) < 1ull << 47) {}
    while (mmap_anonymous(user, page) < 1ull << 47) {}
    EXPECT_EQ((*server->ask(endpoint::pm, vm::Fork{user, child, vm::ForkKind::copy, vm::Owner::somebody})).error(),
              Error::no_memory);
    EXPECT_EQ(call(user, nr_munmap, {mmap_anonymous(user, page, 0), page}), 0);
    const Endpoint shell = Endpoint::make(22, 1);
    start_process(shell);
    EXPECT_EQ(mmap_anonymous(shell, page), static_cast<std::uint64_t>(error(Error::no_memory)));
    ASSERT_TRUE(*server->ask(endpoint::pm, vm::Fork{shell, child, vm::ForkKind::copy, vm::Owner::root}));
    EXPECT_LT(mmap_anonymous(child, 16 * page), 1ull << 47);
}

TEST_F(VmServer, calls_outside_the_mask_do_not_exist) {
    const auto reply = server->ask(endpoint::tty, vm::RsUpdate{endpoint::tty, endpoint::ds});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error(), Error::no_syscall);
}

// ---- files ----------------------------------------------------------------------------------------

struct VmFiles : VmServer {
    VmFiles() {
        for (unsigned i = 0; i < 40 * page + 100; ++i) file_content += static_cast<char>('A' + i / page);
        system.answer<vfs::MapFile>([this](Endpoint, const vfs::MapFile &) {
            return vfs::MapFile::Reply{file, file_content.size(), 0};
        });
    }
    std::uint64_t map_file(Endpoint process, std::uint64_t prot = 3) {
        return static_cast<std::uint64_t>(call(process, nr_mmap, {0, 42 * page, prot, 2, 3, 0}));
    }
    const vm::FileId file{1, 1, 77};
};

TEST_F(VmFiles, file_pages_come_once_and_are_shared) {
    const std::uint64_t at = map_file(user);
    EXPECT_EQ(read(user, at + 3 * page), 'D');
    EXPECT_EQ(page_ins.size(), 1u);
    EXPECT_EQ(read(user, at + 4 * page), 'E');
    EXPECT_EQ(page_ins.size(), 1u) << "read ahead";
    EXPECT_EQ(read(user, at + 40 * page + 99), 'A' + 40);
    EXPECT_EQ(read(user, at + 40 * page + 100), 0) << "zero behind the end";
    EXPECT_EQ(read(user, at + 41 * page), -1);
    EXPECT_EQ(last_error, error(Error::io));
    const std::size_t transfers = page_ins.size();
    call(user, nr_munmap, {at, 42 * page});
    const std::uint64_t again = map_file(user);
    EXPECT_EQ(read(user, again + 3 * page), 'D');
    EXPECT_EQ(page_ins.size(), transfers) << "kept after the last mapping";
}

TEST_F(VmFiles, private_write_does_not_reach_the_cache) {
    const std::uint64_t at = map_file(user), other = map_file(user);
    EXPECT_TRUE(write(user, at, 'z'));
    EXPECT_EQ(read(user, other), 'A');
    EXPECT_EQ(read(user, at), 'z');
}

TEST_F(VmFiles, neighbours_are_mapped_with_one_fault) {
    const std::uint64_t at = map_file(user);
    EXPECT_EQ(read(user, at), 'A');
    const unsigned before = faults;
    for (unsigned i = 0; i < 8; ++i) EXPECT_EQ(read(user, at + i * page), static_cast<int>('A' + i));
    EXPECT_LE(faults, before + 1);
}

TEST_F(VmFiles, changed_file_is_read_again_and_released_at_the_end) {
    const std::uint64_t at = map_file(user);
    EXPECT_EQ(read(user, at), 'A');
    call(user, nr_munmap, {at, 42 * page});
    file_content.assign(page, 'n');
    ASSERT_TRUE(server->ask(endpoint::vfs, vm::FileChanged{file, 0, 0}));
    ASSERT_EQ(released.size(), 1u);
    EXPECT_EQ(released[0].holds, 1u);
    const std::uint64_t again = map_file(user);
    EXPECT_EQ(read(user, again), 'n');
}

TEST_F(VmFiles, removed_file_is_released_with_its_last_mapping) {
    const std::uint64_t at = map_file(user), other = map_file(user);
    EXPECT_EQ(read(user, at), 'A');
    ASSERT_TRUE(server->ask(endpoint::vfs, vm::FileRemoved{file}));
    EXPECT_EQ(read(user, other + 3 * page), 'D') << "whoever has it may read on";
    call(user, nr_munmap, {at, 42 * page});
    EXPECT_TRUE(released.empty());
    call(user, nr_munmap, {other, 42 * page});
    ASSERT_EQ(released.size(), 1u);
    EXPECT_EQ(released[0].holds, 2u);
    EXPECT_EQ(server->state().memory.files.cached_pages(), 0u);
}

TEST_F(VmFiles, removed_file_that_nobody_maps_is_released_at_once) {
    const std::uint64_t at = map_file(user);
    EXPECT_EQ(read(user, at), 'A');
    call(user, nr_munmap, {at, 42 * page});
    EXPECT_GT(server->state().memory.files.cached_pages(), 0u);
    ASSERT_TRUE(server->ask(endpoint::vfs, vm::FileRemoved{file}));
    EXPECT_EQ(released.size(), 1u);
    EXPECT_EQ(server->state().memory.files.cached_pages(), 0u);
    ASSERT_TRUE(server->ask(endpoint::vfs, vm::FileRemoved{file})) << "one it does not know is no error";
}

TEST_F(VmFiles, page_behind_the_end_is_a_bad_address_in_a_call) {
    const std::uint64_t at = map_file(user);
    Message message{};
    message.source = endpoint::vfs;
    message.type = kernel_message::memory_request;
    message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_kernel);
    message.words[0] = user.value;
    message.words[1] = at + 41 * page;
    message.words[2] = 8;
    message.tag = 4713;
    server->deliver(message);
    EXPECT_EQ(system.take_reply(endpoint::vfs, 4713)->status(), error(Error::fault));
}

TEST_F(VmFiles, cache_gives_way_to_programs) {
    const std::uint64_t at = map_file(user);
    EXPECT_EQ(read(user, at), 'A');
    call(user, nr_munmap, {at, 42 * page});
    EXPECT_GT(server->state().memory.files.cached_pages(), 0u);
    const std::uint64_t all = mmap_anonymous(user, 4096 * page, 3, 0x4022);
    for (std::uint64_t i = 0; killed.empty() && i < 4096; ++i) touch(user, all + i * page, true);
    EXPECT_EQ(server->state().memory.files.cached_pages(), 0u);
    EXPECT_FALSE(killed.empty());
}

TEST_F(VmFiles, memory_request_for_absent_content_says_absent_and_make_present_helps) {
    const std::uint64_t at = map_file(user);
    Message message{};
    message.source = endpoint::vfs;
    message.type = kernel_message::memory_request;
    message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_kernel);
    message.words[0] = user.value;
    message.words[1] = at + 10;
    message.words[2] = 2 * page;
    message.tag = 4711;
    server->deliver(message);
    EXPECT_EQ(system.take_reply(endpoint::vfs, 4711)->status(), error(Error::absent));
    const auto made = server->ask(endpoint::vfs, vm::MakePresent{user, 1, VirtAddr{at + 10}, 2 * page}, IpcCall::senda);
    ASSERT_TRUE(!made || *made);
    message.tag = 4712;
    server->deliver(message);
    EXPECT_EQ(system.take_reply(endpoint::vfs, 4712)->status(), 0);
}

TEST_F(VmFiles, exec_replaces_the_space_and_zeroes_the_tail_of_the_data) {
    const std::uint64_t old = mmap_anonymous(user, 16 * page);
    for (unsigned i = 0; i < 16; ++i) EXPECT_TRUE(write(user, old + i * page, 1));
    struct {
        vm::ExecImage image;
        char stack[512];
    } granted{};
    std::memset(granted.stack, 's', sizeof granted.stack);
    granted.image.file = file;
    granted.image.file_size = file_content.size();
    granted.image.segment_count = 2;
    granted.image.segments[0] = {VirtAddr{0x400000}, 2 * page, 0, 2 * page, map_flag::execute, 0};
    granted.image.segments[1] = {VirtAddr{0x402010}, 3 * page, 2 * page + 0x10, 0x20, map_flag::write, 0};
    granted.image.stack_bytes = sizeof granted.stack;
    granted.image.stack_pointer = VirtAddr{layout::stack_end - sizeof granted.stack};
    const GrantId grant = system.grant(endpoint::vfs, &granted, sizeof granted);
    const std::uint64_t tag = server->send(endpoint::vfs, vm::ExecBuild{user, grant, sizeof granted}, IpcCall::senda);
    const auto built = server->reply_of<vm::ExecBuild>(endpoint::vfs, tag);
    ASSERT_TRUE(built && *built);
    EXPECT_EQ(read(user, old), 1) << "nothing of the old space is touched before the switch";
    const std::uint64_t before = free_frames();
    ASSERT_TRUE(*server->ask(endpoint::pm, vm::ExecSwitch{user, vm::Owner::root}));
    EXPECT_EQ(free_frames(), before + 16);
    EXPECT_EQ(read(user, old), -1);
    EXPECT_EQ(read(user, layout::stack_end - 1), 's');
    EXPECT_EQ(read(user, 0x400000), 'A');
    EXPECT_EQ(read(user, 0x40202f), 'C');
    EXPECT_EQ(read(user, 0x402030), 0);
    EXPECT_TRUE(write(user, 0x404000, 1));
    EXPECT_EQ(call(user, nr_brk, {0}), 0x406000);
    EXPECT_TRUE(write(user, layout::stack_end - 20 * page, 1)) << "the stack grows";
    EXPECT_FALSE(write(user, layout::stack_end - layout::user_stack_max - page, 1));
    EXPECT_EQ((*server->ask(endpoint::pm, vm::ExecSwitch{user, vm::Owner::root})).error(), Error::invalid);
    EXPECT_EQ(read(user, layout::vdso_code + 1), 'E') << "the code that reads the clock";
    EXPECT_FALSE(write(user, layout::vdso_data, 1));
    EXPECT_EQ(call(user, nr_mprotect, {layout::vdso_data, page, 3}), error(Error::access));
    const std::uint64_t wall_clock_at = layout::vdso_data + offsetof(VdsoData, wall_clock_at_boot);
    ASSERT_TRUE(*server->ask(endpoint::pm, vm::SetClock{Nanoseconds{77}}));
    fork_child();
    EXPECT_EQ(read(child, wall_clock_at), 77);
    EXPECT_EQ(call(child, nr_munmap, {layout::vdso_data, 2 * page}), 0);
    EXPECT_EQ(read(child, layout::vdso_code), -1);
    EXPECT_EQ(read(user, wall_clock_at), 77);
}

/// A service with two pages at `own`, to which the user's memory is mapped.
struct VmSafeMaps : VmFiles {
    static constexpr Endpoint grantee = Endpoint::make(30, 1);
    static constexpr std::uint64_t own = layout::regions;

    VmSafeMaps() {
        add_service(grantee);
        memory = mmap_anonymous(user, 2 * page);
        write(user, memory, 'u');
    }
    vm::ProcessRecord &add_service(Endpoint name) {
        auto record = server->state().processes.add(name);
        EXPECT_TRUE(server->state().memory.tables.create(name));
        vm::Space *space = *server->state().processes.create_space(vm::For::system);
        (*record)->space = space;
        space->owner = name;
        vm::Region region{};
        region.start = own;
        region.end = own + 2 * page;
        region.kind = vm::RegionKind::resident;
        region.protection = vm::protection::read | vm::protection::write;
        EXPECT_TRUE(space->add(region) && space->populate(region.start, region.end, map_flag::write));
        return **record;
    }
    static Message kernel_message_of(Endpoint caller, std::uint16_t type, std::array<std::uint64_t, 6> words) {
        Message message{};
        message.source = caller;
        message.type = type;
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_kernel);
        message.tag = 1;
        std::copy(words.begin(), words.end(), message.words);
        return message;
    }
    std::int64_t ask(std::uint16_t type, std::array<std::uint64_t, 6> words) {
        server->deliver(kernel_message_of(grantee, type, words));
        const auto reply = system.take_reply(grantee, 1);
        return reply ? reply->status() : -9999;
    }
    std::int64_t map(bool writable = true) {
        return ask(kernel_message::map_request,
                   {grantee.value, own, 2 * page, user.value, memory, writable ? fault_access::write : 0});
    }
    std::int64_t unmap() { return ask(kernel_message::unmap_request, {grantee.value, own, 2 * page}); }
    std::uint64_t memory;
};

TEST_F(VmSafeMaps, writes_are_seen_on_both_sides_until_the_mapping_ends) {
    ASSERT_EQ(map(), 0);
    EXPECT_EQ(read(grantee, own), 'u');
    EXPECT_TRUE(write(grantee, own, 'g'));
    EXPECT_EQ(read(user, memory), 'g');
    EXPECT_TRUE(write(user, memory + page, 'v'));
    EXPECT_EQ(read(grantee, own + page), 'v');
    ASSERT_EQ(unmap(), 0);
    EXPECT_TRUE(write(user, memory, 'w'));
    EXPECT_EQ(read(grantee, own), 'g') << "a private copy";
    EXPECT_TRUE(write(grantee, own, 'h'));
    EXPECT_EQ(read(user, memory), 'w');
}

/// Either may go on with the endpoint's name, so both part from what the endpoint had mapped.
TEST_F(VmSafeMaps, both_versions_of_an_update_lose_what_is_taken_back) {
    constexpr Endpoint other = Endpoint::make(31, 1);
    add_service(other).update_peer = grantee;
    server->state().processes.find(grantee)->update_peer = other;
    ASSERT_EQ(map(), 0);
    ASSERT_EQ(ask(kernel_message::map_request, {other.value, own, 2 * page, user.value, memory, fault_access::write}),
              0);
    ASSERT_EQ(unmap(), 0);
    EXPECT_TRUE(write(user, memory, 'w'));
    EXPECT_EQ(read(grantee, own), 'u');
    EXPECT_EQ(read(other, own), 'u');
}

TEST_F(VmSafeMaps, read_only_mapping_is_not_written) {
    ASSERT_EQ(map(false), 0);
    EXPECT_TRUE(tables.at(grantee.value).at(own / page).flags == 0u);
    ASSERT_EQ(unmap(), 0);
    EXPECT_TRUE(write(grantee, own, 'h'));
}

TEST_F(VmSafeMaps, fork_of_the_granter_copies_on_write) {
    ASSERT_EQ(map(), 0);
    fork_child();
    EXPECT_TRUE(write(child, memory, 'c'));
    EXPECT_EQ(read(grantee, own), 'u');
    EXPECT_EQ(read(user, memory), 'u');
}

TEST_F(VmSafeMaps, nothing_is_shared_after_an_error_in_the_middle) {
    EXPECT_EQ(ask(kernel_message::map_request,
                  {grantee.value, own, 2 * page, user.value, memory + page, fault_access::write}),
              error(Error::fault));
    EXPECT_TRUE(write(grantee, own, 'g'));
    EXPECT_EQ(read(user, memory + page), 0);
}

/// The granter revokes while VM waits for the file's content.
TEST_F(VmSafeMaps, revoked_request_fails_and_shares_nothing) {
    const std::uint64_t at = map_file(user);
    const auto page_in = system.peer_hooks[vfs::PageIn::number];
    system.peer_hooks[vfs::PageIn::number] = [&](Endpoint peer, const Message &request) {
        system.inbox.push_back(
            kernel_message_of(user, kernel_message::unmap_request, {grantee.value, own, 2 * page, 0, 0, 0}));
        return page_in(peer, request);
    };
    EXPECT_EQ(ask(kernel_message::map_request, {grantee.value, own, 2 * page, user.value, at, fault_access::write}),
              error(Error::not_permitted));
    const auto unmapped = system.take_reply(user, 1);
    ASSERT_TRUE(unmapped);
    EXPECT_EQ(unmapped->status(), 0);
    EXPECT_TRUE(write(grantee, own, 'g'));
    EXPECT_EQ(read(user, at), 'A');
    system.peer_hooks[vfs::PageIn::number] = page_in;
}

TEST_F(VmSafeMaps, every_frame_comes_back) {
    const std::uint64_t before = free_frames();
    ASSERT_EQ(map(), 0);
    EXPECT_EQ(free_frames(), before + 1) << "two frames less, one page of the user more";
    ASSERT_EQ(unmap(), 0);
    EXPECT_EQ(free_frames(), before - 1);
    EXPECT_EQ(ask(kernel_message::map_request, {grantee.value, own + 2 * page, page, user.value, memory, 0}),
              error(Error::invalid));
    EXPECT_EQ(ask(kernel_message::map_request, {grantee.value, own, page, user.value, memory + 64 * page, 0}),
              error(Error::fault));
    EXPECT_EQ(ask(kernel_message::map_request, {grantee.value, own, page, child.value, memory, 0}),
              error(Error::fault));
}

}  // namespace
}  // namespace axo::fake
