// Random messages at a whole service, several under way at a time. Peers answer late and in random order; a client has
// one SENDREC at most outstanding, as the kernel makes sure. Nothing else about clients or peers is to be relied on.
#pragma once

#include <functional>
#include <set>
#include <utility>

#include "axo/device_protocol.hpp"
#include "lib/sef/context.hpp"
#include "lib/sef/sef.hpp"
#include "test/fuzz/storm/exchange.hpp"
#include "test/fuzz/storm/maker.hpp"

namespace axo::storm {

template <class Server>
class Storm : public Exchange {
public:
    using Requests = typename Server::Requests;

    Storm(Random &random, fake::System &system, fake::Service<Server> &service)
        : Exchange(random, system, [&service](const Message &message) { service.deliver(message); }),
          service_(service),
          maker_(random, numbers_, clients_, static_cast<Requests *>(nullptr)),
          frames_(sef::context().live_frames),
          grants_(sys::grants().in_use()),
          pending_(sef::pending_requests().count()) {}
    ~Storm() {
        // What the service still owes is dropped with it: those lines are no finding.
        sys::flush_deferred();
    }

    // ---- the world, set up by the target ----------------------------------------------------------

    /// Makes most of a program's calls plausible; the rest stay wild.
    std::function<void(Client &, Message &)> shape = [](Client &, Message &) {};
    /// Numbers of Linux calls that are likelier than others.
    std::vector<unsigned> likely_calls;
    unsigned user_share = 0;  // per cent of messages that are Linux calls
    /// Requests that end what the others need.
    std::set<std::uint16_t> rare;

    /// Answered late with a reply in which every field is a number from the storm.
    template <Request R>
    void late_wild() {
        late<R>([this](Endpoint, const R &) -> Result<typename R::Reply> {
            typename R::Reply reply{};
            for_each_field(reply, [&](auto &field) { maker_.fill(field, clients().front()); });
            return reply;
        });
    }

    // ---- the storm ------------------------------------------------------------------------------------

    void run(unsigned messages) {
        for (unsigned i = 0; i < messages; ++i) {
            step();
            look();
        }
    }
    /// Peers answer, time goes on, until nothing more happens; then nobody waits but those who may.
    void calm_down(unsigned seconds_of_calm = 120) {
        drain();
        for (unsigned i = 0; i < seconds_of_calm; i += 10) {
            system_.advance(seconds(10));
            service_.run();
            look();
            drain();
        }
        settle();
    }
    void dies(Endpoint process) {
        bury(process);
        service_.peer_died(process);
        look();
    }
    /// After all clients are gone.
    void require_balance() {
        expect_same("coroutine frames", frames_, sef::context().live_frames);
        expect_same("grants", grants_, sys::grants().in_use());
        expect_same("requests under way", pending_, sef::pending_requests().count());
    }

private:
    void step() {
        ++tally.messages;
        if (random_.percent(20)) clients_.stir();
        const std::uint64_t kind = random_.below(100);
        if (kind < 25 && peers_owe()) return answer_one(true);
        if (kind < 29) return advance();
        if (kind < 32) return reply_nobody_asked_for();
        if (kind < 35) return service_.notify(some_notifier(), numbers_.number());
        if (kind < 36) return service_.peer_died(clients_.some_endpoint());
        if (kind < 38) return forged_kernel_message();
        Client &client = clients_.sender();
        if (client.dead) return;
        if (client.user || random_.percent(user_share)) return user_call(client);
        request(client);
    }

    Endpoint some_notifier() {
        const Endpoint from[] = {endpoint::hardware, endpoint::clock, clients_.any().endpoint};
        return random_.one_of(from);
    }
    void advance() {
        static constexpr std::uint64_t spans[] = {1, 1'000, 1'000'000, 100'000'000, 1'000'000'000};
        system_.advance(Nanoseconds{random_.one_of(spans) * (1 + random_.below(9))});
        service_.run();
    }
    void reply_nobody_asked_for() {
        Message message =
            encode_error(random_.one_of(maker_.types()), random_.percent(50) ? numbers_.number() : 0x77, 0);
        for (std::uint64_t &word : message.words) word = numbers_.number();
        message.source = clients_.some_endpoint();
        message.flags |= static_cast<std::uint16_t>(IpcCall::senda);
        service_.deliver(message);
    }
    /// Only the kernel sets from_kernel: this one has only the type.
    void forged_kernel_message() {
        Client &client = clients_.any();
        if (client.dead || client.user || client.waits) return;
        Message message{};
        message.type = static_cast<std::uint16_t>(message_type::kernel + random_.below(7));
        for (std::uint64_t &word : message.words) word = numbers_.number();
        post(client, message, random_.percent(50));
    }

    void request(Client &client) {
        std::uint16_t type = random_.one_of(maker_.types());
        if (rare.contains(type) && random_.percent(95)) type = random_.one_of(maker_.types());
        Message message = random_.percent(95) ? maker_.request_of(type, client) : Message{};
        if (message.type == 0) {
            message.type = static_cast<std::uint16_t>(random_.below(0x1100));
            for (std::uint64_t &word : message.words) word = numbers_.number();
        }
        post(client, message, random_.percent(60));
    }
    void user_call(Client &client) {
        if (!client.user || client.waits || client.held) return;
        Message message{};
        const bool likely = !likely_calls.empty() && random_.percent(85);
        message.type = static_cast<std::uint16_t>(likely ? random_.one_of(likely_calls) : random_.below(0x200));
        for (unsigned i = 0; i < 6; ++i)
            message.words[i] = random_.percent(50) ? some_address(client) : numbers_.number();
        message.flags = message_flag::from_user;
        if (random_.percent(75)) shape(client, message);
        post(client, message, false);
    }

    fake::Service<Server> &service_;
    Maker maker_;
    std::size_t frames_, grants_, pending_;
};

}  // namespace axo::storm
