// Several user processes at once on one VFS whose peers answer late: each makes random calls, and everything that was
// asked and answered is written into a History.
#pragma once

#include "test/host/vfs/overlap_history.hpp"
#include "test/host/vfs/vfs_machine.hpp"

namespace axo::overlap {

struct Mix {
    unsigned users = 3, calls = 24;
    unsigned kill_one_in = 0, cancel_one_in = 0;  // steps
    bool mounts = false;
    bool bound = false;  // half of the paths lead through a bind of the root
    bool locks = false;  // mostly range locks on one file, and what ends them
    std::uint64_t memory_fails_one_in = 0;
    unsigned doubled_one_in = 0, foreign_one_in = 0;
};

class Users {
public:
    explicit Users(std::uint64_t seed);

    /// One round of random calls from a clean system; then everything is taken back. Reports through GoogleTest.
    void round(const Mix &mix);
    fake::Traffic &traffic() { return *machine_.system.traffic; }
    std::uint64_t calls_made() const { return calls_made_; }

private:
    struct User {
        Endpoint name = endpoint::none;
        bool alive = false;
        std::optional<std::size_t> call;  // index in the history
        std::uint64_t tag = 0;
        std::uint64_t buffer = 0;
        unsigned opened = 0;  // about as many descriptors it has
    };
    struct Counts {
        std::uint64_t open_files, vnodes, pipes, running, processes, frames, requests, grants, nodes, held, blocks;
        friend bool operator==(const Counts &, const Counts &) = default;
        std::string text() const;
    };

    std::uint64_t pick(std::uint64_t below) { return traffic().pick(below); }
    bool one_in(unsigned n) { return n != 0 && pick(n) == 0; }
    std::string any_path(bool mounts);
    std::string perhaps_bound(std::string path, const Mix &mix);
    Call any_call(unsigned process, const Mix &mix);
    void make_about_locks(Call &call);
    void start(unsigned process, Call call);
    std::array<std::uint64_t, 6> arguments(const Call &call, std::uint64_t buffer);
    void fork(unsigned process, Call call);
    void kill(unsigned process);
    void cancel(unsigned process);
    bool step();
    void received(const Message &message);
    void take_replies();
    void answer_user(unsigned process, std::int64_t result);
    void settle();
    void run(const Mix &mix);
    void judge();
    void clean_up();
    std::int64_t by_init(unsigned number, std::array<std::uint64_t, 6> arguments);
    std::uint64_t keep(std::string text);
    std::uint64_t path(const std::string &text);
    Counts counts();

    fake::VfsMachine machine_;
    std::vector<User> users_;
    History history_;
    void watch_programs();
    void program_begins(const Message &message);
    void release_programs();

    std::map<std::uint64_t, std::size_t> asked_by_pm_;  // tag -> call
    std::map<std::uint64_t, unsigned> begun_;           // tag of PM's consent to exec -> process
    std::vector<vm::FileId> images_;                    // that VM holds, once for each
    std::deque<std::string> memory_;
    std::uint64_t now_ = 0, next_tag_ = 0x9000, calls_made_ = 0;
    std::uint32_t generation_ = 1;
    std::optional<std::int64_t> init_result_;
    std::optional<Counts> clean_;
};

}  // namespace axo::overlap
