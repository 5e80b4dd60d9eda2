// Random messages at a whole service, several under way at a time. Peers answer late and in random order; a client has
// one SENDREC at most outstanding, as the kernel makes sure. Nothing else about clients or peers is to be relied on.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "axo/device_protocol.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sef/context.hpp"
#include "lib/sef/sef.hpp"
#include "test/fuzz/storm/fields.hpp"
#include "test/fuzz/storm/values.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::storm {

/// One world of the service under test, for as long as a storm lasts. Each *_storm.cpp defines it.
void episode(Random &random);
/// How many episodes a run without options has; each *_storm.cpp says what fits into a second or two.
std::uint64_t usual_episodes();

[[noreturn]] void violated(const std::string &what);
inline void require(bool holds, const std::string &what) {
    if (!holds) violated(what);
}

/// What a run did, shown at its end: a storm that reaches nothing proves nothing.
struct Tally {
    std::uint64_t messages = 0, answers = 0, good_answers = 0, late_answers = 0;
};
inline Tally tally;

/// Who sends to the service.
struct Client {
    Endpoint endpoint;
    bool user = false;  // a user program: Linux calls only, by SENDREC
    bool waits = false;
    bool dead = false;
    bool held = false;  // the kernel lets it do nothing
    std::vector<GrantId> grants;
    std::vector<std::uint64_t> places;  // addresses in its memory that are worth naming
};

template <class Server>
class Storm {
public:
    using Requests = typename Server::Requests;

    Storm(Random &random, fake::System &system, fake::Service<Server> &service)
        : random_(random), numbers_(random), system_(system), service_(service) {
        collect(static_cast<Requests *>(nullptr));
        frames_ = sef::context().live_frames;
        grants_ = sys::grants().in_use();
        pending_ = sef::pending_requests().count();
    }
    ~Storm() {
        // What the service still owes is dropped with it: those lines are no finding.
        sys::flush_deferred();
    }

    // ---- the world, set up by the target ----------------------------------------------------------

    /// A request of this kind may wait for ever, until somebody acts.
    std::function<bool(const Message &)> may_wait = [](const Message &) { return false; };
    /// Makes most of a program's calls plausible; the rest stay wild.
    std::function<void(Client &, Message &)> shape = [](Client &, Message &) {};
    /// False: nobody who keeps to what the kernel and PM guarantee would send this.
    std::function<bool(const Message &)> allowed = [](const Message &) { return true; };
    /// Called after a request or call reached the service and before its answers are looked at.
    std::function<void(const Message &)> sent = [](const Message &) {};
    /// Called with a request of the service and the answer that it gets now.
    std::function<void(Endpoint peer, const Message &request, const Message &answer)> peer_answers =
        [](Endpoint, const Message &, const Message &) {};
    /// Called with each answer of the service, and what was asked.
    std::function<void(const Message &request, const Message &answer)> answered = [](const Message &, const Message &) {
    };
    /// Numbers of Linux calls that are likelier than others.
    std::vector<unsigned> likely_calls;
    unsigned user_share = 0;      // per cent of messages that are Linux calls
    unsigned failure_share = 15;  // per cent of late answers that are an error
    bool trust_replies = true;    // answers that nobody asked for come as well; false: not to this service

    /// `weight`: how often it sends, compared with others.
    Client &add_client(Endpoint endpoint, bool user = false, unsigned weight = 1) {
        Client &client = clients_.emplace_back();
        senders_.insert(senders_.end(), weight, &client);
        client.endpoint = endpoint;
        client.user = user;
        if (!user) {
            for (const std::size_t bytes : {8192u, 4096u, 64u, 16u}) {
                auto &memory = memories_.emplace_back(bytes);
                client.grants.push_back(system_.grant(endpoint, memory.data(), bytes));
                granted_memory_[client.grants.back().value] = &memory;
                client.places.push_back(reinterpret_cast<std::uint64_t>(memory.data()));
            }
            auto &memory = memories_.emplace_back(256);
            client.grants.push_back(system_.grant(endpoint, memory.data(), 256, grant_flag::read));
            granted_memory_[client.grants.back().value] = &memory;
        }
        return client;
    }
    /// Sends once more as often.
    void favour(Endpoint endpoint) { senders_.push_back(find(endpoint)); }
    Client *find(Endpoint endpoint) {
        for (Client &client : clients_)
            if (client.endpoint == endpoint && !client.dead) return &client;
        return nullptr;
    }
    /// What the service's requests to `peer` of this type get is given later. The hook is as for fake::System::answer.
    template <Request R>
    void late(std::function<Result<typename R::Reply>(Endpoint peer, const R &)> hook) {
        late_[R::number] = [hook](Endpoint peer, const Message &request) {
            const auto result = hook(peer, decode_request<R>(request));
            return result ? encode_reply(R::number, request.tag, *result)
                          : encode_error(R::number, request.tag, to_wire(result.error()));
        };
        system_.peer_hooks.erase(R::number);
    }
    /// Answered late with a reply in which every field is a number from the storm.
    template <Request R>
    void late_wild() {
        late<R>([this](Endpoint, const R &) -> Result<typename R::Reply> {
            typename R::Reply reply{};
            for_each_field(reply, [&](auto &field) { fill(field, clients_.front()); });
            return reply;
        });
    }
    /// What a System::answer before answered at once comes late.
    void make_late(std::uint16_t type) {
        const auto hook = system_.peer_hooks.find(type);
        if (hook == system_.peer_hooks.end()) return;
        late_[type] = hook->second;
        system_.peer_hooks.erase(hook);
    }
    /// The process is gone, or runs on without an answer: nothing is owed to it.
    void forgive(Endpoint process) {
        for (auto it = owed_.begin(); it != owed_.end();)
            it = it->first.first == process.value ? owed_.erase(it) : std::next(it);
        if (Client *client = find(process)) client->waits = false;
    }
    /// What is owed to a program that waits; null: nothing.
    const Message *call_of(Endpoint process) const {
        const auto it = owed_.lower_bound({process.value, 0});
        return it == owed_.end() || it->first.first != process.value ? nullptr : &it->second;
    }
    void owe(Endpoint process, std::uint64_t tag, const Message &request) { owed_[{process.value, tag}] = request; }
    /// A program has ended.
    void bury(Endpoint process) {
        Client *client = find(process);
        if (client == nullptr || !client->user) return;
        forgive(process);
        client->dead = true;
    }
    std::deque<Client> &clients() { return clients_; }
    Numbers &numbers() { return numbers_; }

    // ---- the storm ------------------------------------------------------------------------------------

    void run(unsigned messages) {
        for (unsigned i = 0; i < messages; ++i) {
            step();
            look();
        }
    }

    /// Every answer under way arrives.
    void drain() {
        for (unsigned round = 0; !under_way_.empty(); ++round) {
            require(round < 100'000, "the service comes to rest");
            answer_one(false);
            look();
        }
    }
    /// Every answer under way arrives; then nobody waits but those who may.
    void settle() {
        drain();
        for (const auto &[who, request] : owed_) {
            if (may_wait(request)) continue;
            char text[160];
            std::snprintf(text, sizeof text, "a request is answered: type %x (%u) of %x, tag %lx", request.type,
                          request.type, who.first, who.second);
            violated(text);
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
        expect("coroutine frames", frames_, sef::context().live_frames);
        expect("grants", grants_, sys::grants().in_use());
        expect("requests under way", pending_, sef::pending_requests().count());
    }
    /// `now` is what it was `before`.
    static void expect(const char *what, std::uint64_t before, std::uint64_t now) {
        if (before != now)
            violated(std::string(what) + ": " + std::to_string(before) + " before, " + std::to_string(now) + " after");
    }

    /// A request by SENDA; `then` sees its answer, whenever it comes.
    template <Request R>
    std::uint64_t begin(Endpoint from, const R &request, std::function<void(const Message &)> then = {}) {
        const std::uint64_t tag = next_tag_++;
        Message message = encode_request(request, tag);
        message.source = from;
        message.flags |= static_cast<std::uint16_t>(IpcCall::senda);
        owed_[{from.value, tag}] = message;
        if (then) then_[tag] = std::move(then);
        deliver(message);
        return tag;
    }
    /// A request that must be answered at once; its status.
    template <Request R>
    std::int64_t ask(Endpoint from, const R &request) {
        const std::uint64_t tag = begin(from, request);
        require(!owed_.contains({from.value, tag}), "a plain request is answered at once");
        return last_status_;
    }

    /// A request that is answered when everything it needs was; its status.
    template <Request R>
    std::int64_t ask_in_time(Endpoint from, const R &request) {
        std::int64_t status = 0;
        begin(from, request, [&status](const Message &answer) { status = answer.status(); });
        settle();
        return status;
    }

    /// One request of the protocol as this client would make it.
    Message request_of(std::uint16_t type, Client &client) { return makers_.at(type)(client); }
    void deliver(const Message &message) {
        trace("to", message.source, message);
        service_.deliver(message);
        sent(message);
        look();
    }

    /// A number that is an address in the client's memory as often as not.
    std::uint64_t some_address(Client &client) { return address(client); }
    /// `message` as if by SENDREC of the client, which must not be waiting.
    void post_as(Client &client, const Message &message) { post(client, message, false); }

private:
    using Maker = std::function<Message(Client &)>;

    template <Request... R>
    void collect(Protocol<R...> *) {
        (types_.push_back(R::number), ...);
        ((makers_[R::number] = [this](Client &client) { return make<R>(client); }), ...);
    }
    template <Request R>
    Message make(Client &client) {
        R request{};
        std::size_t index = 0;
        length_hint_ = 0;
        for_each_field(request, [&](auto &field) {
            fill(field, client);
            if constexpr (std::is_integral_v<std::remove_reference_t<decltype(field)>>) {
                // Many a request begins with what it is about, and names the length of a text after its grant.
                if (index == 0 && random_.percent(50))
                    field = static_cast<std::remove_reference_t<decltype(field)>>(numbers_.known());
                if (length_hint_ != 0 && random_.percent(75))
                    field = static_cast<std::remove_reference_t<decltype(field)>>(length_hint_);
                length_hint_ = 0;
            }
            ++index;
        });
        return encode_request(request, 0);
    }

    template <typename T>
    void fill(T &field, Client &client) {
        if constexpr (std::is_same_v<T, Endpoint>) {
            field = some_endpoint();
        } else if constexpr (std::is_same_v<T, GrantId>) {
            field = some_grant(client);
            length_hint_ = text_length(field);
        } else if constexpr (std::is_array_v<T>) {
            const auto text = numbers_.text();
            std::memset(field, random_.percent(5) ? 'x' : 0, sizeof field);
            std::memcpy(field, text.data(), std::min(text.size(), sizeof field));
        } else if constexpr (std::is_same_v<T, vm::FileId>) {
            field.file_system = static_cast<std::uint32_t>(numbers_.number());
            field.device = static_cast<std::uint32_t>(numbers_.number());
            field.inode = numbers_.number();
        } else if constexpr (std::is_class_v<T>) {
            field.value = address(client);
        } else {
            field = static_cast<T>(numbers_.number());
        }
    }

    Endpoint some_endpoint() {
        const std::uint64_t kind = random_.below(20);
        if (kind < 15) return random_.one_of(clients_).endpoint;
        if (kind == 15)
            return Endpoint{random_.one_of(clients_).endpoint.value + (1u << Endpoint::slot_bits)};  // stale
        if (kind == 16) return Endpoint{0x80000001u + static_cast<std::uint32_t>(random_.below(3))};
        if (kind == 17) return Endpoint{static_cast<std::uint32_t>(numbers_.number())};
        return Endpoint{static_cast<std::uint32_t>(random_.below(16))};
    }
    GrantId some_grant(Client &client) {
        const std::uint64_t kind = random_.below(20);
        Client &granter = kind < 16 ? client : random_.one_of(clients_);
        if (kind == 19 || granter.grants.empty()) return GrantId{static_cast<std::int32_t>(numbers_.number())};
        if (kind == 18) return invalid_grant;
        return random_.one_of(granter.grants);
    }
    /// Of the text that lies at the start of what was granted.
    std::size_t text_length(GrantId grant) const {
        const auto memory = granted_memory_.find(grant.value);
        if (memory == granted_memory_.end()) return 0;
        return static_cast<std::size_t>(std::find(memory->second->begin(), memory->second->end(), 0) -
                                        memory->second->begin());
    }
    std::uint64_t address(Client &client) {
        const std::uint64_t kind = random_.below(20);
        if (kind < 18 && !client.places.empty()) return random_.one_of(client.places) + random_.below(8) * 8;
        return numbers_.number();
    }

    /// What lies in memory that clients grant changes all the time.
    void stir() {
        if (memories_.empty()) return;
        auto &memory = random_.one_of(memories_);
        const auto text = numbers_.text();
        std::size_t at = 0;
        if (random_.percent(70)) {
            std::copy_n(text.data(), std::min(text.size(), memory.size()), memory.begin());
            at = text.size();
            if (at < memory.size()) memory[at] = 0;
        }
        for (at = (at + 8) & ~std::size_t{7}; at + 8 <= std::min<std::size_t>(memory.size(), 128); at += 8) {
            const std::uint64_t word = numbers_.number();
            std::memcpy(memory.data() + at, &word, sizeof word);
        }
    }

    void step() {
        ++tally.messages;
        if (random_.percent(20)) stir();
        const std::uint64_t kind = random_.below(100);
        if (kind < 25 && !under_way_.empty()) return answer_one(true);
        if (kind < 29) return advance();
        if (kind < 32) return reply_nobody_asked_for();
        if (kind < 35) return service_.notify(some_notifier(), numbers_.number());
        if (kind < 36) return service_.peer_died(some_endpoint());
        if (kind < 38) return forged_kernel_message();
        Client &client = *random_.one_of(senders_);
        if (client.dead) return;
        if (client.user || random_.percent(user_share)) return user_call(client);
        request(client);
    }

    Endpoint some_notifier() {
        const Endpoint from[] = {endpoint::hardware, endpoint::clock, random_.one_of(clients_).endpoint};
        return random_.one_of(from);
    }
    void advance() {
        static constexpr std::uint64_t spans[] = {1, 1'000, 1'000'000, 100'000'000, 1'000'000'000};
        system_.advance(Nanoseconds{random_.one_of(spans) * (1 + random_.below(9))});
        service_.run();
    }
    void reply_nobody_asked_for() {
        Message message = encode_error(random_.one_of(types_), random_.percent(50) ? numbers_.number() : 0x77, 0);
        for (std::uint64_t &word : message.words) word = numbers_.number();
        message.source = some_endpoint();
        message.flags |= static_cast<std::uint16_t>(IpcCall::senda);
        service_.deliver(message);
    }
    /// Only the kernel sets from_kernel: this one has only the type.
    void forged_kernel_message() {
        Client &client = random_.one_of(clients_);
        if (client.dead || client.user || client.waits) return;
        Message message{};
        message.type = static_cast<std::uint16_t>(message_type::kernel + random_.below(7));
        for (std::uint64_t &word : message.words) word = numbers_.number();
        post(client, message, random_.percent(50));
    }

    void request(Client &client) {
        std::uint16_t type = random_.one_of(types_);
        if (rare.contains(type) && random_.percent(95)) type = random_.one_of(types_);
        Message message = random_.percent(95) ? request_of(type, client) : Message{};
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
        for (unsigned i = 0; i < 6; ++i) message.words[i] = random_.percent(50) ? address(client) : numbers_.number();
        message.flags = message_flag::from_user;
        if (random_.percent(75)) shape(client, message);
        post(client, message, false);
    }
    void post(Client &client, Message message, bool async) {
        if (!async && client.waits) async = !client.user;
        message.source = client.endpoint;
        message.tag = next_tag_++;
        message.flags |= static_cast<std::uint16_t>(async ? IpcCall::senda : IpcCall::sendrec);
        if (!allowed(message)) return;
        owed_[{client.endpoint.value, message.tag}] = message;
        if (!async) client.waits = true;
        if (random_.percent(10)) numbers_.learn(message.tag);
        deliver(message);
    }

    void answer_one(bool may_fail) {
        const std::size_t index = random_.below(under_way_.size());
        const fake::Sent asked = under_way_[index];
        under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(index));
        static constexpr Error errors[] = {Error::no_memory, Error::io, Error::invalid, Error::no_process,
                                           Error::dead_peer};
        const bool fails = may_fail && random_.percent(failure_share) && fallible(asked.message.type);
        Message answer = fails ? encode_error(asked.message.type, asked.message.tag, to_wire(random_.one_of(errors)))
                               : late_.at(asked.message.type)(asked.peer, asked.message);
        answer.source = asked.peer;
        answer.tag = asked.message.tag;
        answer.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        peer_answers(asked.peer, asked.message, answer);
        ++tally.late_answers;
        trace("answered by", asked.peer, answer);
        service_.deliver(answer);
    }
    bool fallible(std::uint16_t type) const { return !never_fail.contains(type); }

public:
    /// Requests of the service whose contract has no error.
    std::set<std::uint16_t> never_fail;
    /// Requests that end what the others need.
    std::set<std::uint16_t> rare;

private:
    /// What the service sent since the last look: answers, which must be owed, and requests, which are answered later.
    void look() {
        const auto sent_now = std::exchange(system_.sent, {});
        for (const fake::Sent &item : sent_now) {
            if (item.message.is_reply())
                take_answer(item);
            else if (item.call == IpcCall::senda && item.message.tag != 0 && late_.contains(item.message.type))
                under_way_.push_back(item), trace("asks", item.peer, item.message);
        }
        for (const std::string &line : system_.log)
            require(line.find("never answered") == line.npos, "no request is forgotten: " + line);
        system_.log.clear();
    }
    void take_answer(const fake::Sent &item) {
        const auto owed = owed_.find({item.peer.value, item.message.tag});
        if (owed == owed_.end()) {
            char text[120];
            std::snprintf(text, sizeof text, "one answer to each request: type %x, tag %lx to %x", item.message.type,
                          item.message.tag, item.peer.value);
            violated(text);
        }
        const Message request = owed->second;
        owed_.erase(owed);
        if (request.call() == IpcCall::sendrec)
            if (Client *client = find(item.peer)) client->waits = false;
        last_status_ = item.message.status();
        ++tally.answers;
        trace("answer to", item.peer, item.message);
        if (last_status_ >= 0) ++tally.good_answers;
        learn(request, item.message);
        if (const auto then = then_.extract(request.tag); !then.empty()) then.mapped()(item.message);
        answered(request, item.message);
    }
    /// STORM_TRACE=1 shows every message of a run that is repeated.
    void trace(const char *what, Endpoint peer, const Message &message) const {
        static const bool wanted = std::getenv("STORM_TRACE") != nullptr;
        if (!wanted) return;
        std::printf("%lu %s %x: type %x tag %lx:", system_.time.value, what, peer.value, message.type, message.tag);
        for (const std::uint64_t word : message.words) std::printf(" %lx", word);
        std::printf("\n");
    }
    void learn(const Message &request, const Message &answer) {
        if (answer.status() < 0) {
            // -512 and below: what the kernel turns into a restart of the call, never seen by users.
            require(answer.status() > -1024, "the status is an error we have");
            return;
        }
        if (request.from_user()) return numbers_.learn_name(answer.words[0]);
        numbers_.learn_name(answer.words[1]);
        for (unsigned i = 1; i < 5; ++i) {
            numbers_.learn(answer.words[i]);
            if (random_.percent(20)) numbers_.learn(answer.words[i] >> 32);
            if (random_.percent(20)) numbers_.learn(answer.words[i] & 0xffffffff);
        }
    }

    Random &random_;
    Numbers numbers_;
    fake::System &system_;
    fake::Service<Server> &service_;
    std::deque<Client> clients_;
    std::vector<Client *> senders_;
    std::deque<std::vector<std::uint8_t>> memories_;
    std::map<std::int32_t, const std::vector<std::uint8_t> *> granted_memory_;
    std::size_t length_hint_ = 0;
    std::map<std::uint16_t, Maker> makers_;
    std::vector<std::uint16_t> types_;
    std::map<std::uint16_t, std::function<Message(Endpoint, const Message &)>> late_;
    std::vector<fake::Sent> under_way_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, Message> owed_;     // by client and tag
    std::map<std::uint64_t, std::function<void(const Message &)>> then_;  // by tag
    std::uint64_t next_tag_ = 0x1000;
    std::int64_t last_status_ = 0;
    std::size_t frames_ = 0, grants_ = 0, pending_ = 0;
};

}  // namespace axo::storm
