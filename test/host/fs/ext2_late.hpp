// The ext2 server with clients whose requests overlap, over a disk that answers late. What happens
// next is drawn from a seed: a client goes on, the disk answers one of its requests, time passes, the
// driver dies, its successor comes.
#pragma once

#include <deque>

#include "servers/ext2/service.hpp"
#include "test/host/fs/clients.hpp"
#include "test/host/fs/ext2_image.hpp"
#include "test/host/fs/late_disk.hpp"

namespace axo::host {

class LateExt2 {
public:
    struct Weather {
        unsigned fail_one_in = 0;   // transfers
        unsigned death_one_in = 0;  // events
    };

    LateExt2(std::vector<std::byte> image, unsigned seed, std::uint64_t machine_memory = 4 << 20)
        : random_(seed), disk(system, random_, std::move(image)) {
        regions.serve(system);
        system.on_kernel(KernelCall::get_info, [machine_memory](const fake::Arguments &a, std::uint64_t &) {
            if (static_cast<InfoKind>(a[0]) != InfoKind::machine) return std::int64_t{0};
            MachineInfo info{};
            info.memory_bytes = machine_memory;
            std::memcpy(reinterpret_cast<void *>(a[1]), &info, sizeof info);
            return static_cast<std::int64_t>(sizeof info);
        });
        server = std::make_unique<fake::Service<ext2::Service>>();
        EXPECT_TRUE(server->start());
    }
    ~LateExt2() { server.reset(); }

    // ---- requests --------------------------------------------------------------------------------

    /// A client's view of the server: what FsClient and ModelRun ask for.
    class Client {
    public:
        explicit Client(LateExt2 &world) : world_(&world) {}
        /// `settled` sees the answer at the moment the server gives it: in the order of the answers.
        template <Request R>
        Result<typename R::Reply> call(const R &request,
                                       std::function<void(const Result<typename R::Reply> &)> settled = {}) {
            const unsigned failures = world_->troubles();
            Call waiting;
            waiting.settle = [&](const Message &reply) {
                waiting.answer = reply;
                if (settled) settled(decode_reply<typename R::Reply>(reply));
            };
            const std::uint64_t tag = world_->server->send(endpoint::vfs, request, IpcCall::senda);
            world_->calls_[tag] = &waiting;
            world_->look();
            world_->wait_for(waiting);
            faulted_ = faulted_ || world_->troubles() != failures;
            return decode_reply<typename R::Reply>(*waiting.answer);
        }
        GrantId grant(const void *memory, std::size_t bytes) {
            return world_->system.grant(endpoint::vfs, const_cast<void *>(memory), bytes);
        }
        void end_call() {}
        std::uint64_t root() const { return ext2::root_inode; }
        /// Whether a transfer failed during one of the calls since this was asked last.
        bool faulted() { return std::exchange(faulted_, false); }
        /// Blocks that writing one byte may need: data and three indirect ones.
        static constexpr std::uint64_t blocks_for_one_byte = 4;

    private:
        LateExt2 *world_;
        bool faulted_ = false;
    };
    Client client() { return Client(*this); }

    Result<fs::NodeInfo> mount() {
        fs::Mount request{};
        put_text(request.driver_label, "disk");
        request.options = invalid_grant;
        return client().call(request);
    }
    Status ask_unmount() {
        const auto answer = client().call(fs::Unmount{});
        if (!answer) return answer.error();
        return {};
    }

    // ---- what happens ----------------------------------------------------------------------------

    void add_client(std::function<void()> script) {
        clients_.add(std::move(script));
        ready_.push_back(true);
    }
    /// Until every script has ended.
    void run() { run(Weather{0, 0}); }
    void run(Weather weather) {
        weather_ = weather;
        disk.fail_one_in = weather.fail_one_in;
        while (!all_ended()) happen();
        weather_ = {};
        disk.fail_one_in = 0;
        while (!disk.alive()) happen();
    }
    /// One event. A world in which nothing can happen any more is a failure: somebody waits for ever.
    void happen() {
        look();
        std::vector<std::function<void()>> possible;
        for (std::size_t i = 0; i < clients_.count() && !clients_.inside(); ++i)
            if (!clients_.ended(i) && ready_[i]) possible.push_back([this, i] { let_go_on(i); });
        if (disk.waiting()) possible.insert(possible.end(), 2, [this] { disk.answer_one(); });
        if (!disk.alive()) possible.push_back([this] { succeed(); });
        if (possible.empty()) return wait_for_alarm();
        pass_time();
        if (weather_.death_one_in != 0 && disk.alive() && random_() % weather_.death_one_in == 0)
            strike();
        else
            possible[random_() % possible.size()]();
        server->run();
        look();
        judge();
    }
    /// For scripts: time goes by, and timers run.
    void let_pass(Nanoseconds time) {
        system.advance(time);
        server->run();
        look();
    }
    /// The driver dies; nobody comes after it before succeed().
    void strike() {
        const Endpoint dead = disk.driver();
        ++deaths_;
        disk.die();
        server->peer_died(dead);
        look();
    }
    void succeed() {
        const Endpoint driver = disk.come_back();
        const auto answer = server->ask(endpoint::vfs, fs::NewDriver{driver, 0}, IpcCall::senda);
        EXPECT_TRUE(answer && *answer);
    }
    /// Takes what the server has sent: requests to the disk, answers to clients.
    void look() {
        disk.collect();
        for (std::size_t i = 0; i < system.sent.size();) {
            const fake::Sent item = system.sent[i];
            const auto call = item.message.is_reply() ? calls_.find(item.message.tag) : calls_.end();
            if (call == calls_.end()) {
                ++i;
                continue;
            }
            system.sent.erase(system.sent.begin() + static_cast<long>(i));
            Call &waiting = *call->second;
            calls_.erase(call);
            waiting.settle(item.message);
            if (waiting.client < ready_.size()) ready_[waiting.client] = true;
        }
    }
    unsigned deaths() const { return deaths_; }
    std::mt19937 &random() { return random_; }

private:
    struct Call {
        std::function<void(const Message &)> settle;
        std::optional<Message> answer;
        std::size_t client = ~std::size_t{0};
    };
    /// Three deaths during one transfer, or a failure, make an error right.
    unsigned troubles() const { return disk.failures + deaths_ / 3; }
    bool all_ended() const {
        for (std::size_t i = 0; i < clients_.count(); ++i)
            if (!clients_.ended(i)) return false;
        return true;
    }
    void let_go_on(std::size_t index) {
        current_ = index;
        clients_.go_on(index);
    }
    /// Other clients may go on in between even when the answer is there already.
    void wait_for(Call &waiting) {
        if (!clients_.inside()) {
            while (!waiting.answer) happen();
            return;
        }
        waiting.client = current_;
        do {
            ready_[current_] = waiting.answer.has_value();
            const std::size_t self = current_;
            clients_.pause();
            current_ = self;
        } while (!waiting.answer);
    }
    void pass_time() {
        constexpr Nanoseconds patience = seconds(10);
        const bool long_wait = disk.alive() && disk.oldest() < patience && random_() % 64 == 0;
        system.advance(long_wait ? milliseconds(1500) : Nanoseconds{random_() % 3'000'000});
    }
    /// A volume that calls itself clean is faultless, at any moment.
    void judge() {
        ext2::SuperBlock super;
        std::memcpy(&super, disk.image.data() + ext2::super_block_offset, sizeof super);
        const bool clean = (super.state & ext2::fs_state::valid) != 0;
        if (clean && !std::exchange(clean_, clean)) {
            EXPECT_EQ(check_image(disk.image), "") << "it calls itself clean";
        }
        clean_ = clean;
    }
    void wait_for_alarm() {
        sef::timers().arm();
        if (!system.alarm) {
            ADD_FAILURE() << "nothing can happen any more, and somebody waits";
            std::abort();  // the scripts could never be brought to an end
        }
        system.advance(*system.alarm > system.time ? *system.alarm - system.time : Nanoseconds{0});
        server->run();
    }

    std::mt19937 random_;
    std::map<std::uint64_t, Call *> calls_;  // by tag
    std::vector<bool> ready_;
    std::size_t current_ = 0;
    unsigned deaths_ = 0;
    bool clean_ = true;  // the volume said so last
    Weather weather_;

public:
    fake::System system;
    fake::Regions regions;
    LateDisk disk;
    std::unique_ptr<fake::Service<ext2::Service>> server;

private:
    Clients clients_;
};

}  // namespace axo::host
