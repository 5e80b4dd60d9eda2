// See traffic.hpp.
#include "test/host/fake/traffic.hpp"

#include <algorithm>

#include "test/host/fake/heap_faults.hpp"

namespace axo::fake {

namespace {

Message from_kernel_death(Endpoint peer) {
    Message message{};
    message.source = endpoint::system;
    message.type = kernel_message::peer_died;
    message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::from_kernel);
    message.words[0] = peer.value;
    message.words[1] = 9;
    return message;
}

Message notice_of_room() {
    Message message{};
    message.source = endpoint::system;
    message.type = message_type::notify;
    message.flags = static_cast<std::uint16_t>(IpcCall::notify);
    message.words[0] = kernel_signal::send_room;
    return message;
}

}  // namespace

Status Traffic::send(Endpoint peer, const Message &request, const Work &work) {
    if (dead_.contains(peer.value)) return Error::dead_peer;
    Peer &to = peers_[peer.value];
    if (to.sent.size() >= bound) {
        to.refused = true;
        return Error::would_block;
    }
    to.sent.push_back({request, work});
    most_unanswered_ = std::max(most_unanswered_, unanswered());
    return {};
}

std::size_t Traffic::unanswered() const {
    std::size_t count = 0;
    for (const auto &[name, peer] : peers_) count += peer.sent.size() + peer.worked.size();
    return count;
}

bool Traffic::can_move(std::uint32_t name, const Peer &peer) const {
    return !held_.contains(name) && (!peer.sent.empty() || !peer.worked.empty());
}

Traffic::Step Traffic::step() {
    std::vector<std::uint32_t> able;
    for (const auto &[name, peer] : peers_) {
        if (can_move(name, peer)) able.push_back(name);
    }
    const std::size_t choices = able.size() + (queue_.empty() ? 0 : 1);
    if (choices == 0) return {};
    const std::uint64_t chosen = pick(choices);
    if (chosen < able.size()) {
        move(Endpoint{able[chosen]}, peers_[able[chosen]]);
        return {.moved = true, .received = {}};
    }
    const Message message = queue_.front();
    queue_.pop_front();
    return {.moved = true, .received = message};
}

void Traffic::move(Endpoint name, Peer &peer) {
    const bool taking = peer.worked.empty() || (!peer.sent.empty() && pick(2) == 0);
    if (taking)
        take(name, peer);
    else
        answer(name, peer);
}

void Traffic::take(Endpoint name, Peer &peer) {
    const Request request = peer.sent.front();
    peer.sent.pop_front();
    const HeapFaults::Pause pause;
    Message answer = request.work(name, request.message);
    if (request.message.tag != 0) {
        answer.source = name;
        answer.tag = request.message.tag;
        answer.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        peer.worked.push_back({request.message, answer});
    }
    report_room(peer);
}

void Traffic::report_room(Peer &peer) {
    if (!peer.refused || peer.sent.size() >= bound) return;
    peer.refused = false;
    queue_.push_back(notice_of_room());
}

void Traffic::answer(Endpoint name, Peer &peer) {
    const auto at = peer.worked.begin() + static_cast<std::ptrdiff_t>(pick(peer.worked.size()));
    const Answer chosen = *at;
    peer.worked.erase(at);
    if (foreign_one_in != 0 && pick(foreign_one_in) == 0) {
        Message foreign = chosen.answer;
        // The right tag of another peer, or a tag nobody gave.
        if (pick(2) == 0)
            foreign.source = Endpoint{name.value + 1};
        else
            foreign.tag = ~foreign.tag;
        queue_.push_back(foreign);
    }
    queue_.push_back(chosen.answer);
    ++answered_;
    if (on_answer) on_answer(name, chosen.request, chosen.answer);
    if (doubled_one_in != 0 && pick(doubled_one_in) == 0) queue_.push_back(chosen.answer);
}

void Traffic::kill(Endpoint peer) {
    Peer &gone = peers_[peer.value];
    gone.sent.clear();
    gone.worked.clear();
    gone.refused = false;
    dead_.insert(peer.value);
    queue_.push_back(from_kernel_death(peer));
}

}  // namespace axo::fake
