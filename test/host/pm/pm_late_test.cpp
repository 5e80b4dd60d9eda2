// sources: servers/pm/*.cpp servers/pm/*/*.cpp !servers/pm/main.cpp
// PM while VM and VFS answer late, in any order, twice or unasked: many processes fork, wait, change their identity,
// end and are killed at once. VM and VFS are state machines that know which processes there are; a process has its
// answers only while it lives; every child is waited for once, with what became of it; and nothing stays behind in any
// round. LATE_SEED=n runs one seed.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <set>

#include "axo/vm_protocol.hpp"
#include "servers/pm/server.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::pm {
namespace {

struct Mix {
    unsigned calls = 60, kill_one_in = 12, refuse_one_in = 0, doubled_one_in = 0, foreign_one_in = 0;
};

/// One of the servers that keep something for each process.
class Keeper {
public:
    explicit Keeper(const char *name) : name_(name) {}
    /// The parent may have ended meanwhile: its exit overtakes nothing, but its fork may come behind it.
    Result<Nothing> begin(Endpoint parent, Endpoint child) {
        if (!knows(parent)) return Error::no_process;
        EXPECT_TRUE(known_.insert(child.value).second) << name_ << ": it was there";
        return Nothing{};
    }
    /// PM also undoes a fork that was refused here.
    void end(Endpoint process) { known_.erase(process.value); }
    bool knows(Endpoint process) const { return process == endpoint::init || known_.contains(process.value); }
    std::size_t count() const { return known_.size(); }

private:
    const char *name_;
    std::set<std::uint32_t> known_;
};

class LatePm {
public:
    explicit LatePm(std::uint64_t seed) : system_(endpoint::pm) {
        own_slots();
        answer_all();
        EXPECT_TRUE(server_.start());
        EXPECT_TRUE(*server_.ask(endpoint::rs, StartInit{}));
        const std::uint64_t tag = server_.start_user_call(endpoint::init, SYS_fork, {});
        EXPECT_TRUE(server_.user_result(endpoint::init, tag));
        killer_ = Endpoint{slots_.begin()->second};
        system_.sent.clear();
        system_.answer_late(seed);
    }

    void round(const Mix &mix) {
        mix_ = mix;
        traffic().doubled_one_in = mix.doubled_one_in;
        traffic().foreign_one_in = mix.foreign_one_in;
        users_.clear();
        users_[endpoint::init.value] = {.pid = 1, .call = {}, .tag = 0, .status = 0};
        for (unsigned made = 0; made < mix.calls;) {
            if (one_in(mix.kill_one_in)) kill_somebody();
            const Endpoint name = anybody();
            if (one_in(2) && users_[name.value].call == 0) {
                start(name);
                ++made;
            } else if (!step()) {
                ++made;
            }
        }
        clean_up();
    }
    std::uint64_t waits_answered = 0, forks_refused = 0;
    fake::Traffic &traffic() { return *system_.traffic; }

private:
    struct User {
        std::uint32_t pid = 0;
        long call = 0;  // the one that is under way
        std::uint64_t tag = 0;
        int status = 0;  // where wait4 puts it
    };
    struct Counts {
        std::uint64_t records, slots, at_vm, at_vfs, frames, requests, blocks;
        friend bool operator==(const Counts &, const Counts &) = default;
    };

    bool one_in(unsigned n) { return n != 0 && traffic().pick(n) == 0; }

    void own_slots() {
        system_.on_kernel(KernelCall::fork, [this](const fake::Arguments &, std::uint64_t &) {
            std::uint32_t slot = 20;
            while (slots_.contains(slot)) ++slot;
            const Endpoint made = Endpoint::make(slot, ++generation_);
            slots_[slot] = made.value;
            return static_cast<std::int64_t>(made.value);
        });
        system_.on_kernel(KernelCall::clear, [this](const fake::Arguments &a, std::uint64_t &) {
            const Endpoint gone{static_cast<std::uint32_t>(a[0])};
            EXPECT_TRUE(slots_.contains(gone.slot()) && slots_[gone.slot()] == gone.value) << "cleared twice";
            EXPECT_FALSE(vm_.knows(gone)) << "its memory is still there";
            EXPECT_FALSE(vfs_.knows(gone)) << "its files are still there";
            slots_.erase(gone.slot());
            users_.erase(gone.value);
            return std::int64_t{0};
        });
        system_.on_kernel(KernelCall::get_info,
                          [](const fake::Arguments &, std::uint64_t &) { return std::int64_t{0}; });
    }

    void answer_all() {
        system_.answer<vm::Fork>([this](Endpoint, const vm::Fork &request) -> Result<Nothing> {
            if (one_in_late(mix_.refuse_one_in)) return Error::no_memory;
            return vm_.begin(request.parent, request.child);
        });
        system_.answer<vm::Exit>(
            [this](Endpoint, const vm::Exit &request) { return vm_.end(request.process), Nothing{}; });
        system_.answer<vm::ExecSwitch>([](Endpoint, const auto &) { return Nothing{}; });
        system_.answer<vfs::Fork>([this](Endpoint, const vfs::Fork &request) -> Result<Nothing> {
            if (one_in_late(mix_.refuse_one_in)) return Error::no_memory;
            return vfs_.begin(request.parent, request.child);
        });
        system_.answer<vfs::Exit>(
            [this](Endpoint, const vfs::Exit &request) { return vfs_.end(request.process), Nothing{}; });
        system_.answer<vfs::ExecFirst>([](Endpoint, const auto &) { return Nothing{}; });
        const auto must_be_there = [this](Endpoint process) { EXPECT_TRUE(vfs_.knows(process)); };
        system_.answer<vfs::SetIds>(
            [=](Endpoint, const vfs::SetIds &r) { return must_be_there(r.process), Nothing{}; });
        system_.answer<vfs::NewSession>(
            [=](Endpoint, const vfs::NewSession &r) { return must_be_there(r.process), Nothing{}; });
    }
    /// Before answers come late there is nobody to choose.
    bool one_in_late(unsigned n) { return system_.traffic && one_in(n); }

    Endpoint anybody() {
        auto at = users_.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(traffic().pick(users_.size())));
        return Endpoint{at->first};
    }

    std::uint64_t ask(Endpoint name, long number, std::array<std::uint64_t, 6> words) {
        Message message{};
        message.source = name;
        message.type = static_cast<std::uint16_t>(number);
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
        message.tag = next_tag_++;
        std::copy(words.begin(), words.end(), message.words);
        traffic().arrive(message);
        return message.tag;
    }

    void start(Endpoint name) {
        static constexpr long numbers[] = {SYS_fork,   SYS_fork,   SYS_fork,    SYS_wait4,     SYS_wait4,
                                           SYS_setuid, SYS_setsid, SYS_getppid, SYS_exit_group};
        User &user = users_[name.value];
        long number = numbers[traffic().pick(std::size(numbers) - (name == endpoint::init ? 1 : 0))];
        if (number == SYS_fork && users_.size() > 12) number = SYS_wait4;
        std::array<std::uint64_t, 6> words{};
        // The killer lives as long as init, which would wait for it.
        const std::uint64_t at_once = name == endpoint::init || one_in(2) ? WNOHANG : 0;
        if (number == SYS_wait4) words = {~0ull, reinterpret_cast<std::uint64_t>(&user.status), at_once, 0};
        if (number == SYS_exit_group) words[0] = user.pid % 100;
        user.call = number;
        user.tag = ask(name, number, words);
    }

    /// By one that does nothing else: its calls are answered at once and nobody looks.
    void kill_somebody() {
        const Endpoint name = anybody();
        if (name == endpoint::init) return;
        ask(killer_, SYS_kill, {users_[name.value].pid, SIGKILL});
        killed_.insert(users_[name.value].pid);
    }

    bool step() {
        const auto moved = traffic().step();
        if (moved.received) {
            // The kernel delivers nothing of who is gone.
            const Message &message = *moved.received;
            const bool from_user = (message.flags & message_flag::from_user) != 0;
            if (!from_user || message.source == killer_ || users_.contains(message.source.value))
                server_.deliver(message);
        }
        take_replies();
        return moved.moved;
    }

    void take_replies() {
        for (const fake::Sent &item : system_.sent) {
            if (!item.message.is_reply() || item.peer == endpoint::rs || item.peer == killer_) continue;
            answered(item.peer, item.message.tag, item.message.status());
        }
        system_.sent.clear();
    }

    void answered(Endpoint name, std::uint64_t tag, std::int64_t result) {
        const auto at = users_.find(name.value);
        if (at == users_.end()) return child_begins(name, tag, result);
        User &user = at->second;
        ASSERT_TRUE(user.call != 0 && user.tag == tag) << "an answer nobody waits for";
        const long number = std::exchange(user.call, 0);
        if (number == SYS_fork) {
            if (result < 0) {
                ++forks_refused;
                EXPECT_EQ(result, to_wire(Error::no_memory));
            } else {
                told_.insert(static_cast<std::uint32_t>(result));
            }
        }
        if (number == SYS_wait4 && result > 0) waited(static_cast<std::uint32_t>(result), user.status);
        EXPECT_TRUE(number != SYS_getppid || result > 0 || name == endpoint::init);
    }

    /// The other half of a fork: by its kernel slot the child is there.
    void child_begins(Endpoint name, std::uint64_t, std::int64_t result) {
        ASSERT_TRUE(slots_.contains(name.slot()) && slots_[name.slot()] == name.value) << "an answer to the dead";
        EXPECT_EQ(result, 0);
        EXPECT_TRUE(vm_.knows(name) && vfs_.knows(name)) << "it runs before all agreed";
        const std::uint32_t pid = server_.state().processes.find(name)->pid;
        users_[name.value] = {.pid = pid, .call = {}, .tag = 0, .status = 0};
        born_.insert(pid);
        began_.insert(pid);
    }

    void waited(std::uint32_t pid, int status) {
        ++waits_answered;
        EXPECT_TRUE(born_.erase(pid) == 1) << "waited for twice, or never born";
        if (WIFEXITED(status))
            EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(pid % 100));
        else
            EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        EXPECT_TRUE(!WIFSIGNALED(status) || killed_.contains(pid));
    }

    void settle() {
        for (unsigned i = 0; step(); ++i) ASSERT_LT(i, 100'000u) << "it never comes to rest";
    }

    void clean_up() {
        settle();
        while (users_.size() > 1) {
            const std::size_t before = users_.size();
            for (const auto &[name, user] : users_) {
                if (Endpoint{name} == endpoint::init) continue;
                ask(killer_, SYS_kill, {user.pid, SIGKILL});
                killed_.insert(user.pid);
            }
            settle();
            ASSERT_LT(users_.size(), before) << "it does not die";
        }
        User &init = users_[endpoint::init.value];
        for (bool children = true; children;) {
            if (init.call != SYS_wait4) {
                init.call = SYS_wait4;
                init.tag =
                    ask(endpoint::init, SYS_wait4, {~0ull, reinterpret_cast<std::uint64_t>(&init.status), WNOHANG});
            }
            settle();
            ASSERT_EQ(init.call, 0) << "init waits, though nobody is left";
            children = server_.state().processes.count() > base_records_;
            if (base_records_ == 0) children = !born_.empty();
        }
        if (base_records_ == 0) base_records_ = server_.state().processes.count();
        EXPECT_TRUE(born_.empty()) << born_.size() << " children were never told of";
        const Counts now{server_.state().processes.count(),
                         slots_.size(),
                         vm_.count(),
                         vfs_.count(),
                         sef::context().live_frames,
                         sef::pending_requests().count(),
                         arena_heap().used_blocks() + scratch_heap().used_blocks()};
        if (!clean_) clean_ = now;
        EXPECT_TRUE(now == *clean_) << "left behind: records " << now.records << " slots " << now.slots << " vm "
                                    << now.at_vm << " vfs " << now.at_vfs << " frames " << now.frames << " requests "
                                    << now.requests << " blocks " << now.blocks << ", not " << clean_->blocks;
        killed_.clear();
        for (const std::uint32_t pid : told_) EXPECT_TRUE(began_.contains(pid)) << "a child that never began";
        told_.clear();
        began_.clear();
    }

    Endpoint killer_ = endpoint::none;
    fake::System system_;
    fake::Service<Server> server_;
    Mix mix_{.calls = 0, .kill_one_in = 0};
    Keeper vm_{"VM"}, vfs_{"VFS"};
    std::map<std::uint32_t, std::uint32_t> slots_;  // of the kernel: slot -> endpoint
    std::map<std::uint32_t, User> users_;           // who runs, by endpoint
    std::set<std::uint32_t> born_, began_, told_;   // pids: not waited for yet; that ran; that a parent was told
    std::set<std::uint32_t> killed_;                // pids
    std::optional<Counts> clean_;
    std::uint64_t next_tag_ = 0x9000;
    std::uint32_t generation_ = 0, base_records_ = 0;
};

void campaign(std::uint64_t first, const Mix &mix) {
    const char *const chosen = std::getenv("LATE_SEED");
    std::uint64_t waited = 0, refused = 0;
    for (std::uint64_t i = 0; i < (chosen != nullptr ? 1 : 25) && !testing::Test::HasFailure(); ++i) {
        const std::uint64_t seed = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : first + i;
        SCOPED_TRACE("LATE_SEED=" + std::to_string(seed));
        LatePm pm(seed);
        for (unsigned round = 0; round < 6 && !testing::Test::HasFailure(); ++round) pm.round(mix);
        waited += pm.waits_answered;
        refused += pm.forks_refused;
        EXPECT_GE(pm.traffic().most_unanswered(), 3u) << "requests did not overlap";
    }
    EXPECT_GT(waited, chosen != nullptr ? 1u : 100u);
    EXPECT_EQ(refused != 0, mix.refuse_one_in != 0);
}

TEST(PmLate, processes_come_and_go_at_any_moment) { campaign(1000, {}); }
TEST(PmLate, forks_are_refused_by_either_helper) { campaign(2000, {.refuse_one_in = 5}); }
TEST(PmLate, answers_come_twice_and_unasked) {
    campaign(3000, {.refuse_one_in = 12, .doubled_one_in = 4, .foreign_one_in = 4});
}

}  // namespace
}  // namespace axo::pm
