// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// A live update of VFS is approached while processes wait, are at work, ask, die and get signals: VFS comes to rest,
// what came in meanwhile waits in order, and whoever goes on, the old version or the new one, serves it.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "lib/sef/parked.hpp"
#include "test/host/vfs/late_terminal.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint a = Endpoint::make(40, 1), b = Endpoint::make(41, 1), c = Endpoint::make(42, 1);
constexpr std::int64_t waits = -9999;

struct VfsUpdate : testing::Test, VfsMachine {
    LateTerminal terminal;
    std::int64_t console;
    int pipe[2] = {};
    std::vector<std::int64_t> reports;  // to RS, each of which ends with the old version going on

    VfsUpdate() : terminal(system, *server) {
        add_process(a, 2);
        console = call(a, SYS_open, "/dev/console", O_RDWR, 0);
        EXPECT_EQ(call(a, SYS_pipe2, pipe, 0), 0);
        add_process(b, 3);
        system.answer<rs::UpdateReady>([this](Endpoint, const rs::UpdateReady &ready) -> Result<Nothing> {
            reports.push_back(ready.result);
            return Error::service_restarted;
        });
    }
    /// A child of `a`, with its descriptors.
    void add_process(Endpoint name, std::uint32_t pid) {
        const Endpoint parent = pid == 2 ? init : a;
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Fork{parent, name, pid, 0, 0, 0}));
    }
    void prepare(std::uint32_t state = sef::update_state::work_free) {
        server->send(endpoint::rs, rs::UpdatePrepare{state, 0, seconds(1)}, IpcCall::senda);
    }
    std::int64_t result(std::uint64_t tag, Endpoint who = a) { return server->user_result(who, tag).value_or(waits); }
    std::uint64_t start_read(Endpoint who, std::int64_t fd, char *to) { return start(who, SYS_read, fd, to, 8); }

    /// The file system keeps what it is asked from here on, until it is told to answer.
    void hold_answers(std::uint16_t number) { held[number] = system.peer_hooks.extract(number).mapped(); }
    std::map<std::uint16_t, std::function<Message(Endpoint, const Message &)>> held;
    template <Request R>
    Sent take() {
        auto sent = system.take_request(R::number);
        EXPECT_TRUE(sent);
        return sent.value_or(Sent{});
    }
    void answer(const Sent &request) {
        Message reply = held[request.message.type](request.peer, request.message);
        reply.source = request.peer;
        reply.tag = request.message.tag;
        reply.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        server->deliver(reply);
    }
    template <Request R>
    void answer_all() {
        while (const auto sent = system.take_request(R::number)) answer(*sent);
    }
};

TEST_F(VfsUpdate, calls_that_wait_do_not_keep_it_and_new_ones_are_served_afterwards) {
    char typed[9] = {}, piped[9] = {};
    const auto reads_terminal = start_read(a, console, typed), reads_pipe = start_read(b, pipe[0], piped);
    terminal.run();
    prepare();
    const auto writes = start(a, SYS_write, pipe[1], "piped", 5);
    EXPECT_EQ(result(writes), waits);
    EXPECT_EQ(result(reads_pipe, b), waits);
    EXPECT_EQ(sef::Parked::count(), 1u);
    server->approach_update();
    EXPECT_EQ(reports, std::vector<std::int64_t>{0});
    EXPECT_EQ(result(writes), 5) << "RS called it off";
    EXPECT_EQ(result(reads_pipe, b), 5);
    terminal.type("typed");
    terminal.run();
    EXPECT_EQ(result(reads_terminal), 5);
    EXPECT_STREQ(typed, "typed");
}

TEST_F(VfsUpdate, new_version_with_the_same_state_goes_on_where_the_old_one_was) {
    char typed[9] = {}, piped[9] = {};
    pollfd watched{static_cast<int>(pipe[0]), POLLIN, 0};
    const auto reads_terminal = start_read(a, console, typed), polls = start(b, SYS_poll, &watched, 1, -1);
    terminal.run();
    prepare();
    const auto writes = start(a, SYS_write, pipe[1], "piped", 5), reads_pipe = start_read(a, pipe[0], piped);
    EXPECT_TRUE(sef::Update::quiet());
    vfs::Vfs next(server->state());
    sef::Dispatcher<vfs::Vfs> dispatcher(next, vfs::options);
    EXPECT_TRUE(next.init({}));
    next.activated();
    dispatcher.before_receive();
    sys::flush_deferred();
    EXPECT_EQ(result(writes), 5);
    EXPECT_EQ(result(polls, b), 1);
    EXPECT_EQ(result(reads_pipe), 5) << "in the order in which they came";
    EXPECT_EQ(sef::Parked::count(), 0u);
    terminal.type("typed");
    for (terminal.take_requests(); !terminal.outgoing.empty(); terminal.take_requests()) {
        dispatcher.dispatch(terminal.outgoing.front());
        terminal.outgoing.pop_front();
        sys::flush_deferred();
    }
    EXPECT_EQ(result(reads_terminal), 5);
    EXPECT_EQ(next.state.running, 0u);
    EXPECT_TRUE(server->service().init({}));
}

TEST_F(VfsUpdate, waits_for_a_file_system_and_serves_all_when_its_time_is_up) {
    hold_answers(fs::Sync::number);
    const auto syncs = start(a, SYS_sync);
    prepare();
    const auto asks = start(b, SYS_getcwd, pipe, 8);  // any call
    server->approach_update();
    EXPECT_TRUE(reports.empty()) << "the file system has not answered";
    EXPECT_EQ(result(asks, b), waits);
    system.advance(milliseconds(1300));
    server->run();
    EXPECT_EQ(reports, std::vector<std::int64_t>{to_wire(Error::timed_out)});
    EXPECT_NE(result(asks, b), waits);
    EXPECT_EQ(result(syncs), waits);
    answer_all<fs::Sync>();
    EXPECT_EQ(result(syncs), 0);
    prepare();
    server->approach_update();
    EXPECT_EQ(reports.back(), 0) << "now it can be had";
}

// ---- who dies or gets a signal meanwhile ----------------------------------------------------------

TEST_F(VfsUpdate, signal_takes_a_call_back_that_was_not_begun) {
    hold_answers(fs::Sync::number);
    start(a, SYS_sync);
    prepare();
    char text[9] = {};
    const auto before = start(b, SYS_write, pipe[1], "x", 1), reads = start_read(b, pipe[0], text),
               after = start(b, SYS_lseek, 99, 0, 0);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{b, 0, reads}));
    EXPECT_EQ(result(reads, b), to_wire(Error::restart_call)) << "at once";
    EXPECT_EQ(sef::Parked::count(), 2u);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{b, 0, reads})) << "once more is nothing";
    prepare(0);
    server->approach_update();
    EXPECT_EQ(result(before, b), 1);
    EXPECT_EQ(result(after, b), to_wire(Error::bad_descriptor));
    EXPECT_EQ(result(reads, b), waits) << "it is not made after all";
}

TEST_F(VfsUpdate, signal_reaches_a_call_that_is_in_vfs) {
    char text[9] = {};
    const auto reads = start_read(b, pipe[0], text);
    hold_answers(fs::Sync::number);
    start(a, SYS_sync);
    prepare();
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{b, 0, reads}));
    EXPECT_EQ(result(reads, b), to_wire(Error::restart_call));
}

TEST_F(VfsUpdate, process_that_dies_while_its_call_waits_leaves_nothing) {
    prepare();
    char text[9] = {};
    start_read(b, pipe[0], text);
    const auto exits = server->send(endpoint::pm, vfs::Exit{b});
    EXPECT_FALSE(server->reply_of<vfs::Exit>(endpoint::pm, exits)) << "behind its call";
    server->approach_update();
    EXPECT_TRUE(*server->reply_of<vfs::Exit>(endpoint::pm, exits));
    EXPECT_EQ(server->state().processes.find(b), nullptr);
    EXPECT_EQ(call(a, SYS_write, pipe[1], "x", 1), 1);
    char left[9] = {};
    EXPECT_EQ(result(start_read(a, pipe[0], left)), 1) << "the dead one reads nothing";
    EXPECT_EQ(server->state().running, 0u);
}

TEST_F(VfsUpdate, fork_and_exit_keep_their_order) {
    prepare();
    const auto forks = server->send(endpoint::pm, vfs::Fork{a, c, 9, 0, 0, 0}),
               exits = server->send(endpoint::pm, vfs::Exit{c});
    server->approach_update();
    EXPECT_TRUE(*server->reply_of<vfs::Fork>(endpoint::pm, forks));
    EXPECT_TRUE(*server->reply_of<vfs::Exit>(endpoint::pm, exits));
    EXPECT_EQ(server->state().processes.find(c), nullptr);
}

// ---- what must pass -------------------------------------------------------------------------------

constexpr vfs::PageIn page{.file = {1, 0, 77}, .offset = 0, .bytes = 4096, .buffer = 1, .reserved = 0};

TEST_F(VfsUpdate, pager_waits_like_everybody_while_nobody_here_needs_it) {
    hold_answers(fs::Sync::number);
    start(a, SYS_sync);
    prepare();
    const auto asked = server->send(endpoint::vm, page);
    server->approach_update();
    EXPECT_FALSE(server->reply_of<vfs::PageIn>(endpoint::vm, asked));
    prepare(0);
    server->approach_update();
    EXPECT_EQ(server->reply_of<vfs::PageIn>(endpoint::vm, asked)->error(), Error::no_entry) << "no such file";
}

/// VFS has read what it must copy to a page that is not there; the request for it that VM makes is known already.
TEST_F(VfsUpdate, pager_that_was_made_to_wait_is_served_once_vfs_waits_for_memory) {
    hold_answers(vm::MakePresent::number);
    hold_answers(fs::Stat::number);
    const auto file = call(a, SYS_open, "/f", O_CREAT | O_RDWR, 0644);
    std::vector<char> buffer(256);
    const auto looks = start(a, SYS_fstat, file, buffer.data());
    const Sent looking = take<fs::Stat>();
    prepare();
    const auto asked = server->send(endpoint::vm, page);
    server->approach_update();
    EXPECT_FALSE(server->reply_of<vfs::PageIn>(endpoint::vm, asked));
    system.absent_ranges.push_back({reinterpret_cast<std::uint64_t>(buffer.data()), buffer.size()});
    answer(looking);
    const Sent bringing = take<vm::MakePresent>();
    server->approach_update();
    EXPECT_TRUE(server->reply_of<vfs::PageIn>(endpoint::vm, asked)) << "without it VFS would wait for ever";
    EXPECT_TRUE(server->ask(endpoint::vm, page)) << "nor does the next one wait";
    system.absent_ranges.clear();
    answer(bringing);
    EXPECT_EQ(result(looks), 0);
    EXPECT_FALSE(server->ask(endpoint::vm, page)) << "VFS waits for VM no longer";
}

TEST_F(VfsUpdate, rs_and_counters_are_served_at_any_time) {
    hold_answers(fs::Sync::number);
    start(a, SYS_sync);
    prepare();
    vfs::MapDriver map{};
    map.driver = endpoint::tty;
    map.major = 77;
    put_text(map.label, "tty");
    EXPECT_TRUE(server->ask(endpoint::rs, map)) << "a driver comes back that a file system may wait for";
    EXPECT_TRUE(server->ask(endpoint::procfs, vfs::Counters{}));
    EXPECT_FALSE(server->ask(endpoint::pm, vfs::Exit{c}));
}

// ---- many -----------------------------------------------------------------------------------------

TEST_F(VfsUpdate, as_many_calls_as_there_are_processes_wait) {
    hold_answers(fs::Sync::number);
    start(a, SYS_sync);
    prepare();
    std::vector<std::uint64_t> tags;
    for (unsigned i = 0; i < 1000; ++i) tags.push_back(start(b, SYS_write, pipe[1], "x", 1));
    EXPECT_EQ(sef::Parked::count(), tags.size());
    answer_all<fs::Sync>();
    server->approach_update();
    for (const auto tag : tags) EXPECT_EQ(result(tag, b), 1);
    std::vector<char> all(2000);
    EXPECT_EQ(call(a, SYS_read, pipe[0], all.data(), all.size()), 1000);
}

}  // namespace
}  // namespace axo::fake
