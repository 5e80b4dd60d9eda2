// VFS over two real tmpfs trees (one plays the root file system), a terminal that is a model, and PM
// and VM that say yes. User memory is memory of the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "axo/ds_protocol.hpp"
#include "axo/rs_protocol.hpp"
#include "lib/base/owned.hpp"
#include "servers/tmpfs/file_system.hpp"
#include "servers/vfs/file/poll.hpp"
#include "servers/vfs/vfs.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::fake {
/// Which file system is at work: grants are checked against it.
inline Endpoint working_file_system = endpoint::none;
}  // namespace axo::fake

namespace axo::fake {

/// One file system server.
struct Tree {
    tmpfs::Tree tree{arena_heap()};
    tmpfs::FileSystem files{tree, arena_heap()};
    Tree() { EXPECT_TRUE(files.prepare()); }
};

struct VfsMachine {
    static constexpr Endpoint init = endpoint::init;
    System system{endpoint::vfs};
    Tree root, tmp, proc;
    std::deque<std::unique_ptr<Tree>> made;
    std::map<std::uint32_t, Tree *> serving;  // by process that RS made
    std::set<std::uint32_t> dead;
    std::vector<std::string> started;  // programs that RS was asked for
    std::optional<Error> start_error;
    std::unique_ptr<Service<vfs::Vfs>> server;
    std::string written;  // to the terminal
    unsigned opens = 0, closes = 0;
    bool reads_wait = true;  // the terminal has no input: reads stay unanswered
    vm::ExecImage image{};
    std::string stack;
    std::uint32_t pipe_signals = 0, content_changes = 0;
    bool absent_once = false;
    std::function<void(std::uint16_t number)> on_file_request;  // called before a file system answers

    template <typename... R>
    void serve(Protocol<R...> *) {
        (serve_one<R>(), ...);
    }
    template <typename R>
    void serve_one() {
        system.answer<R>([this](Endpoint peer, const R &request) -> Result<typename R::Reply> {
            working_file_system = peer;
            if (on_file_request) on_file_request(R::number);
            if (dead.contains(peer.value)) return Error::dead_peer;
            Tree &chosen = tree_of(peer);
            const fs::ClientMemory memory(endpoint::vfs);
            if constexpr (std::is_same_v<R, fs::Mount>)
                return chosen.files.run(memory, request, 8192);
            else
                return chosen.files.run(memory, request);
        });
    }

    Tree &tree_of(Endpoint peer) {
        if (peer == endpoint::procfs) return proc;
        const auto found = serving.find(peer.value);
        return found == serving.end() ? root : *found->second;
    }
    /// The first file system RS makes is `tmp`; the others, at the same time, are trees of their own.
    void answer_rs() {
        system.answer<rs::StartFileSystem>(
            [this](Endpoint, const rs::StartFileSystem &request) -> Result<rs::StartFileSystem::Reply> {
                started.emplace_back(text_of(request.program));
                if (start_error) return *start_error;
                const Endpoint process = Endpoint::make(300 + static_cast<unsigned>(started.size()), 1);
                const bool taken =
                    std::any_of(serving.begin(), serving.end(), [this](const auto &one) { return one.second == &tmp; });
                serving[process.value] = taken ? made.emplace_back(std::make_unique<Tree>()).get() : &tmp;
                return rs::StartFileSystem::Reply{process, 0};
            });
        system.answer<rs::StopFileSystem>([this](Endpoint, const rs::StopFileSystem &request) -> Result<Nothing> {
            const bool there = end_tree(request.process) || dead.contains(request.process.value);
            EXPECT_TRUE(there) << "ended twice, or never made";
            return Nothing{};
        });
    }
    /// What the process had in memory goes with it.
    bool end_tree(Endpoint process) {
        const auto found = serving.find(process.value);
        if (found == serving.end()) return false;
        Tree *const tree = found->second;
        serving.erase(found);
        if (tree == &tmp) static_cast<void>(tmp.files.run(fs::ClientMemory(endpoint::vfs), fs::Unmount{1, 0}));
        std::erase_if(made, [tree](const auto &one) { return one.get() == tree; });
        return true;
    }
    /// The process is dead; RS says so, and has nothing left of it.
    void kill_file_system(Endpoint process) {
        EXPECT_TRUE(end_tree(process));
        dead.insert(process.value);
        EXPECT_TRUE(*server->ask(endpoint::rs, vfs::ServiceDied{process, 0}));
    }

    VfsMachine() {
        answer_rs();
        serve(static_cast<fs::Requests *>(nullptr));
        system.answer<ds::Subscribe>([](Endpoint, const ds::Subscribe &) -> Result<Nothing> { return Nothing{}; });
        system.answer<ds::Check>(
            [](Endpoint, const ds::Check &) -> Result<ds::Check::Reply> { return Error::no_entry; });
        answer_terminal();
        answer_managers();
        server = std::make_unique<Service<vfs::Vfs>>(std::make_unique<vfs::State>(), vfs::options);
        EXPECT_TRUE(server->start());
        add_first();
        furnish();
    }
    ~VfsMachine() { server.reset(); }

    /// What the root image would hold, and /tmp, which boot did not find.
    void furnish() {
        EXPECT_EQ(call(init, 90, "/", 0755), 0);
        for (const char *path : {"/tmp", "/dev", "/bin"}) EXPECT_EQ(call(init, 83, path, 0755), 0);
        EXPECT_EQ(call(init, 133, "/dev/console", 0020600, 5 << 8 | 1), 0);
        EXPECT_EQ(call(init, 165, "none", "/tmp", "tmpfs", 0, "mode=1777"), 0);
    }

    void answer_terminal() {
        system.answer<device::Open>([this](Endpoint, const device::Open &request) -> Result<device::Open::Reply> {
            ++opens;
            return device::Open::Reply{request.minor, request.session != 0 ? 1u : 0u, 0};
        });
        system.answer<device::Write>([this](Endpoint, const device::Write &request) -> Result<device::Write::Reply> {
            const auto text = system.granted(request.buffer, endpoint::tty);
            written.append(reinterpret_cast<const char *>(text.data()), text.size());
            return device::Write::Reply{request.bytes};
        });
        system.answer<device::Ioctl>(
            [](Endpoint, const device::Ioctl &) -> Result<device::Ioctl::Reply> { return device::Ioctl::Reply{0}; });
        system.answer<device::Poll>([](Endpoint, const device::Poll &request) -> Result<device::Poll::Reply> {
            return device::Poll::Reply{request.events & device::poll_event::out, 0};
        });
    }

    void answer_managers() {
        system.answer<pm::ExecCommit>([](Endpoint, const pm::ExecCommit &) -> Result<Nothing> { return Nothing{}; });
        system.answer<vm::ExecBuild>([this](Endpoint, const vm::ExecBuild &request) -> Result<Nothing> {
            const auto bytes = system.granted(request.image, endpoint::vm);
            if (bytes.size() != request.bytes || bytes.size() < sizeof image) return Error::invalid;
            std::memcpy(&image, bytes.data(), sizeof image);
            stack.assign(reinterpret_cast<const char *>(bytes.data()) + sizeof image, bytes.size() - sizeof image);
            return Nothing{};
        });
        system.answer<vm::MakePresent>([this](Endpoint, const vm::MakePresent &) -> Result<Nothing> {
            system.absent_ranges.clear();
            return Nothing{};
        });
        system.answer<vm::FileChanged>([this](Endpoint, const vm::FileChanged &) -> Result<Nothing> {
            ++content_changes;
            return Nothing{};
        });
    }

    // ---- a process ------------------------------------------------------------------------------

    /// A process with root's identity, as PM would fork it from the first.
    void add_process(Endpoint name, std::uint32_t pid) {
        EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Fork{init, name, pid, 0, 0, 0}));
    }
    void add_first() {
        auto process = *server->state().processes.add(init, 1);
        process->descriptors = vfs::Ref<vfs::DescriptorTable>(*create<vfs::DescriptorTable>(arena_heap()));
        process->files = vfs::Ref<vfs::FileContext>(*create<vfs::FileContext>(arena_heap()));
        process->files->root = process->files->current = server->state().mounts.top();
    }

    /// Text is copied to where bytes follow it: VFS reads a string in pieces of a page at most.
    std::deque<std::string> texts;
    std::uint64_t place_text(std::string_view text) {
        std::string &kept = texts.emplace_back(text);
        kept.append(8192, '\0');
        return reinterpret_cast<std::uint64_t>(kept.data());
    }
    template <typename T>
    std::uint64_t word(T value) {
        if constexpr (std::is_same_v<T, const char *>)
            return place_text(value);
        else if constexpr (std::is_pointer_v<T>)
            return reinterpret_cast<std::uint64_t>(value);
        else
            return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    }
    /// A call that must be answered at once.
    template <typename... T>
    std::int64_t call(Endpoint process, unsigned number, T... arguments) {
        const auto result = server->user_call(process, number, {word(arguments)...});
        EXPECT_TRUE(result) << "call " << number << " was not answered";
        return result.value_or(-9999);
    }
    /// A call, or a request of PM, that reaches VFS before the answer it waits for.
    void arrive(Endpoint process, unsigned number, std::array<std::uint64_t, 6> arguments) {
        Message message{};
        message.source = process;
        message.type = static_cast<std::uint16_t>(number);
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
        std::copy(arguments.begin(), arguments.end(), message.words);
        system.inbox.push_back(message);
    }
    template <Request R>
    void arrive(const R &request) {
        Message message = encode_request(request, 1);
        message.source = endpoint::pm;
        message.flags = static_cast<std::uint16_t>(IpcCall::sendrec);
        system.inbox.push_back(message);
    }
    template <typename... T>
    std::uint64_t start(Endpoint process, unsigned number, T... arguments) {
        return server->start_user_call(process, number, {word(arguments)...});
    }
};

}  // namespace axo::fake
