// Everything around RS, as state machines: PM, VM, VFS, DS, the kernel's processes and the programs in them, users who
// give commands. All of it answers late and in an order that a seed decides; what RS does against the rules of the
// others (a swap of a process that does not stand still, a second destroy, a message before Init) fails the test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "axo/ds_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "axo/vfs_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "servers/rs/server.hpp"
#include "servers/rs/service/policy.hpp"
#include "test/host/fake/fake_regions.hpp"
#include "test/host/fake/fake_sys.hpp"
#include "test/host/rs/world/program.hpp"

namespace axo::rs::test {

/// How often things go wrong, in percent.
struct Hazards {
    unsigned refusal = 0;  // of a request to PM, VM or VFS
    unsigned mood = 0;     // of a new program that does not do well
    unsigned silence = 0;  // of a program asked to prepare, ping or end
    unsigned death = 0;    // of some program, per step
};

class World {
public:
    explicit World(std::uint32_t seed);

    /// One thing happens: an answer, a message of a program, a command, a death, or time passes.
    void step();
    /// Nothing goes wrong any more and nobody commands: until all is done.
    void settle();
    /// What must hold when all is done.
    void expect_settled();

    std::uint64_t give(User &user, service::Command command, const std::string &label);
    void kill(Endpoint process, int signal);
    void periods(unsigned count);
    /// VFS mounts, or unmounts; its answer comes to on_mount_answer.
    void start_file_system();
    void stop_file_system(Endpoint process);
    void go_down();
    /// Everything that waits to happen happens, in the seed's order.
    void drain();
    bool one_in(unsigned n) { return random() % n == 0; }

    Service *find(std::string_view label) { return server.state().services.find(label); }
    Program *at(Endpoint process);

    std::mt19937 random;
    Hazards hazards;
    bool script = false;      // services are started with a recovery script
    std::uint32_t major = 0;  // of the services that are started
    fake::System system;
    fake::Service<Server> server;
    std::vector<User> users;
    std::size_t commands = 0, answers = 0, deaths = 0, updates_done = 0, updates_failed = 0, restarts = 0, swaps = 0;
    std::set<service::Step> steps_seen;
    bool mounts = false;              // VFS mounts and unmounts, too
    std::set<std::uint32_t> mounted;  // processes that serve a mount, as VFS knows it
    std::size_t mount_requests = 0, mounts_done = 0, mounts_failed = 0, mounts_ended = 0, mounts_lost = 0,
                drivers_lost = 0;

private:
    using Deed = std::function<void()>;

    void install_kernel();
    std::int64_t process_info(Endpoint process, void *into);
    std::int64_t get_signal(std::uint64_t &set);
    void boot();
    void collect();
    void collect_one(const fake::Sent &sent);
    void on_program_message(Program &program, Endpoint at, const Message &message);
    void on_ping(const Program &program);
    void on_init(Program &program);
    void on_prepare(unsigned number, const UpdatePrepare &request);
    void on_signal(unsigned number, int signal);
    void on_reply(Endpoint to, const Message &message);
    void on_program_reply(Program &program, const Message &message);
    void on_mount_answer(const Message &message);
    void mount_or_unmount();
    void on_user_answer(User &user, std::int64_t result);
    void later(Deed deed) { waiting.push_back(std::move(deed)); }
    void do_one();
    bool goes_wrong(unsigned percent) { return random() % 100 < percent; }

    template <Request R>
    void reply_later(Endpoint peer, std::uint64_t tag, std::function<Result<typename R::Reply>()> result);
    template <Request R>
    void answer(Endpoint peer, const Message &message, std::function<Result<typename R::Reply>(const R &)> serve);
    void answer_request(const fake::Sent &sent);
    void answer_pm(const fake::Sent &sent);
    void answer_vm(const fake::Sent &sent);
    void answer_memory(const fake::Sent &sent);
    void answer_vfs(const fake::Sent &sent);
    void answer_ds(const fake::Sent &sent);
    Result<vfs::ReadFile::Reply> read_file(const vfs::ReadFile &request);
    void swap_later(const axo::vm::RsUpdate &request, Endpoint peer, std::uint64_t tag);
    void vfs_hears_of(Endpoint gone);
    std::int64_t control_privileges(Program &program, PrivilegeRequest request, std::uint64_t argument);
    void give_right();
    void expect_rights(const Service &service, const Program &program);
    Result<pm::Spawn::Reply> spawn(const pm::Spawn &request);
    Result<Nothing> swap(const axo::vm::RsUpdate &request);
    void die(Program &program, int signal);
    void report_init(unsigned number, std::int64_t result);
    Endpoint place_of(unsigned number) const;
    Program *by_number(unsigned number);
    void watch_steps();
    void strike_one();
    void signal_one();
    void command_one();
    void expect_at_rest(const Service &service);
    void expect_mounts_settled();
    void check_updates();

    std::vector<Deed> waiting;
    std::map<std::uint32_t, std::unique_ptr<Program>> places;  // by endpoint
    std::map<std::uint64_t, Endpoint> mount_waits;             // requests of VFS by tag; none: a start
    std::vector<std::pair<unsigned, int>> signaled;            // programs whose death RS has not been told
    fake::Regions regions;
    std::map<std::string, Endpoint> labels;
    std::map<std::string, std::set<std::uint64_t>> given;  // ports, by label: since the service is there
    std::map<std::string, unsigned> before_update;         // the program that an update was to replace, by label
    std::uint64_t events_seen = 0;
    std::size_t swaps_under_way = 0;
    unsigned programs = 0, slots = 0;
    std::uint32_t privilege = 20;
};

}  // namespace axo::rs::test
