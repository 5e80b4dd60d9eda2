#include "test/fuzz/storm/exchange.hpp"

#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace axo::storm {

// ---- peers -----------------------------------------------------------------------------------------------

void Exchange::make_late(std::uint16_t type) {
    const auto hook = system_.peer_hooks.find(type);
    if (hook == system_.peer_hooks.end()) return;
    late_[type] = hook->second;
    system_.peer_hooks.erase(hook);
}

void Exchange::answer_one(bool may_fail) {
    const std::size_t index = random_.below(under_way_.size());
    const fake::Sent asked = under_way_[index];
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(index));
    static constexpr Error errors[] = {Error::no_memory, Error::io, Error::invalid, Error::no_process,
                                       Error::dead_peer};
    const bool fails = may_fail && random_.percent(failure_share) && !never_fail.contains(asked.message.type);
    Message answer = fails ? encode_error(asked.message.type, asked.message.tag, to_wire(random_.one_of(errors)))
                           : late_.at(asked.message.type)(asked.peer, asked.message);
    answer.source = asked.peer;
    answer.tag = asked.message.tag;
    answer.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
    peer_answers(asked.peer, asked.message, answer);
    ++tally.late_answers;
    trace("answered by", asked.peer, answer);
    into_service_(answer);
}

void Exchange::drain() {
    for (unsigned round = 0; !under_way_.empty(); ++round) {
        require(round < 100'000, "the service comes to rest");
        answer_one(false);
        look();
    }
}

void Exchange::settle() {
    drain();
    for (const auto &[who, request] : owed_) {
        if (may_wait(request)) continue;
        char text[160];
        std::snprintf(text, sizeof text, "a request is answered: type %x (%u) of %x, tag %lx", request.type,
                      request.type, who.first, who.second);
        violated(text);
    }
}

// ---- clients ---------------------------------------------------------------------------------------------

const Message *Exchange::call_of(Endpoint process) const {
    const auto it = owed_.lower_bound({process.value, 0});
    return it == owed_.end() || it->first.first != process.value ? nullptr : &it->second;
}

void Exchange::forgive(Endpoint process) {
    for (auto it = owed_.begin(); it != owed_.end();)
        it = it->first.first == process.value ? owed_.erase(it) : std::next(it);
    if (Client *client = find(process)) client->waits = false;
}

void Exchange::bury(Endpoint process) {
    Client *client = find(process);
    if (client == nullptr || !client->user) return;
    forgive(process);
    client->dead = true;
}

void Exchange::post(Client &client, Message message, bool async) {
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

// ---- messages --------------------------------------------------------------------------------------------

void Exchange::deliver(const Message &message) {
    trace("to", message.source, message);
    into_service_(message);
    sent(message);
    look();
}

void Exchange::look() {
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

void Exchange::take_answer(const fake::Sent &item) {
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

void Exchange::learn(const Message &request, const Message &answer) {
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

/// STORM_TRACE=1 shows every message of a run that is repeated.
void Exchange::trace(const char *what, Endpoint peer, const Message &message) const {
    static const bool wanted = std::getenv("STORM_TRACE") != nullptr;
    if (!wanted) return;
    std::printf("%lu %s %x: type %x tag %lx:", system_.time.value, what, peer.value, message.type, message.tag);
    for (const std::uint64_t word : message.words) std::printf(" %lx", word);
    std::printf("\n");
}

}  // namespace axo::storm
