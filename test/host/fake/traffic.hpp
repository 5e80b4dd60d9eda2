// What is under way between the server under test and its peers, when answers come late. A peer takes
// its requests in the order they were sent, works on each at once and answers at some later time, in any order: so do
// servers that wait for others. What was sent to the server lies in one queue, first come first served, as in the
// kernel. Which of all this happens next is chosen at random from the seed.
//
//   system.answer_late(seed);       // from here on
//   while (server.step()) {}        // one thing at a time
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "axo/ipc.hpp"
#include "axo/protocol.hpp"

namespace axo::fake {

class Traffic {
public:
    using Work = std::function<Message(Endpoint peer, const Message &request)>;

    explicit Traffic(std::uint64_t seed) : random_(seed) {}

    /// A request on its way to a peer that does `work`. Errors: dead_peer, would_block (the kernel's bound; there will
    /// be a notification of room).
    Status send(Endpoint peer, const Message &request, const Work &work);
    /// A message to the server from anybody: it comes behind what is queued.
    void arrive(const Message &message) { queue_.push_back(message); }

    /// One thing happens, if any can. Returns what the server receives, if that is it.
    struct Step {
        bool moved = false;
        std::optional<Message> received;
    };
    Step step();

    /// A peer that is held neither takes requests nor answers, until released.
    void hold(Endpoint peer) { held_.insert(peer.value); }
    void release(Endpoint peer) { held_.erase(peer.value); }
    /// The peer dies: what it has not answered is lost, what it answered still comes, then the kernel's word of it.
    void kill(Endpoint peer);
    void revive(Endpoint peer) { dead_.erase(peer.value); }

    /// One in `n` answers comes twice, or is preceded by one nobody asked for. 0: never.
    unsigned doubled_one_in = 0, foreign_one_in = 0;
    /// Messages a peer may have unreceived.
    std::size_t bound = 16;
    /// Called when a peer sends its answer.
    std::function<void(Endpoint peer, const Message &request, const Message &answer)> on_answer;

    std::size_t unanswered() const;
    std::uint64_t answered() const { return answered_; }
    std::size_t most_unanswered() const { return most_unanswered_; }
    std::uint64_t pick(std::uint64_t below) {
        return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
    }

private:
    struct Request {
        Message message;
        Work work;
    };
    struct Answer {
        Message request, answer;
    };
    struct Peer {
        std::deque<Request> sent;    // not received yet
        std::vector<Answer> worked;  // done, the answer not sent
        bool refused = false;        // the server waits for room
    };

    bool can_move(std::uint32_t name, const Peer &peer) const;
    void move(Endpoint name, Peer &peer);
    void take(Endpoint name, Peer &peer);
    void answer(Endpoint name, Peer &peer);
    void report_room(Peer &peer);

    std::mt19937_64 random_;
    std::map<std::uint32_t, Peer> peers_;
    std::set<std::uint32_t> held_, dead_;
    std::deque<Message> queue_;
    std::uint64_t answered_ = 0;
    std::size_t most_unanswered_ = 0;
};

}  // namespace axo::fake
