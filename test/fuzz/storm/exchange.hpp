// What is under way between the service, its clients and its peers: requests that are owed an answer, and requests of
// the service that its peers have not answered yet. The books do not lie: one answer to each request, none to nobody.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "axo/ipc.hpp"
#include "test/fuzz/storm/checks.hpp"
#include "test/fuzz/storm/clients.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::storm {

class Exchange {
public:
    /// `into_service`: hands it a message and lets it work until it waits for the next.
    Exchange(Random &random, fake::System &system, std::function<void(const Message &)> into_service)
        : random_(random),
          numbers_(random),
          clients_(random, numbers_, system),
          system_(system),
          into_service_(std::move(into_service)) {}

    // ---- what the target says about its world ------------------------------------------------------

    /// A request of this kind may wait for ever, until somebody acts.
    std::function<bool(const Message &)> may_wait = [](const Message &) { return false; };
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
    unsigned failure_share = 15;  // per cent of late answers that are an error
    /// Requests of the service whose contract has no error.
    std::set<std::uint16_t> never_fail;

    // ---- peers ---------------------------------------------------------------------------------------

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
    /// What a System::answer before answered at once comes late.
    void make_late(std::uint16_t type);
    bool peers_owe() const { return !under_way_.empty(); }
    /// One of them answers, whichever it is.
    void answer_one(bool may_fail);
    /// Every answer under way arrives.
    void drain();
    /// Every answer under way arrives; then nobody waits but those who may.
    void settle();

    // ---- clients -------------------------------------------------------------------------------------

    Client &add_client(Endpoint endpoint, bool user = false, unsigned weight = 1) {
        return clients_.add(endpoint, user, weight);
    }
    void favour(Endpoint endpoint) { clients_.favour(endpoint); }
    Client *find(Endpoint endpoint) { return clients_.find(endpoint); }
    std::deque<Client> &clients() { return clients_.all(); }
    Numbers &numbers() { return numbers_; }
    std::uint64_t some_address(Client &client) { return clients_.some_address(client); }

    /// What is owed to a program that waits; null: nothing.
    const Message *call_of(Endpoint process) const;
    void owe(Endpoint process, std::uint64_t tag, const Message &request) { owed_[{process.value, tag}] = request; }
    /// The process is gone, or runs on without an answer: nothing is owed to it.
    void forgive(Endpoint process);
    /// A program has ended.
    void bury(Endpoint process);

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
    /// The message gets a tag and is owed an answer. By SENDA or SENDREC; a service that waits can only do the former.
    void post(Client &client, Message message, bool async);
    /// `message` as if by SENDREC of the client, which must not be waiting.
    void post_as(Client &client, const Message &message) { post(client, message, false); }

protected:
    void deliver(const Message &message);
    /// What the service sent since the last look: answers, which must be owed, and requests, which are answered later.
    void look();

    Random &random_;
    Numbers numbers_;
    Clients clients_;
    fake::System &system_;

private:
    void take_answer(const fake::Sent &item);
    void learn(const Message &request, const Message &answer);
    void trace(const char *what, Endpoint peer, const Message &message) const;

    std::function<void(const Message &)> into_service_;
    std::map<std::uint16_t, std::function<Message(Endpoint, const Message &)>> late_;
    std::vector<fake::Sent> under_way_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, Message> owed_;     // by client and tag
    std::map<std::uint64_t, std::function<void(const Message &)>> then_;  // by tag
    std::uint64_t next_tag_ = 0x1000;
    std::int64_t last_status_ = 0;
};

}  // namespace axo::storm
