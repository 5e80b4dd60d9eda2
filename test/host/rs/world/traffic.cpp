// What RS sent, to whom it goes, and what waits to happen: one deed at a time, in an order that the seed decides.
#include "test/host/rs/world/world.hpp"

#include <algorithm>

namespace axo::rs::test {

void World::collect() {
    std::vector<fake::Sent> sent;
    std::swap(sent, system.sent);
    // Notifications leave after the messages of their turn.
    std::stable_partition(sent.begin(), sent.end(),
                          [](const fake::Sent &item) { return item.call != IpcCall::notify; });
    for (const fake::Sent &item : sent) collect_one(item);
    watch_steps();
}

void World::collect_one(const fake::Sent &sent) {
    if (sent.message.is_reply()) return on_reply(sent.peer, sent.message);
    if (Program *program = at(sent.peer)) {
        if (sent.call == IpcCall::notify) return on_ping(*program);
        return on_program_message(*program, sent.peer, sent.message);
    }
    if (sent.call != IpcCall::notify) answer_request(sent);
}

void World::on_reply(Endpoint to, const Message &message) {
    for (User &user : users) {
        if (user.process != to) continue;
        EXPECT_EQ(user.tag, message.tag) << "an answer nobody waits for";
        user.tag = 0;
        user.result = message.status();
        return on_user_answer(user, message.status());
    }
    if (to == endpoint::vfs) return on_mount_answer(message);
    Program *program = at(to);
    if (program == nullptr || program->dead) return;
    on_program_reply(*program, message);
}

void World::do_one() {
    if (waiting.empty()) return;
    std::swap(waiting[random() % waiting.size()], waiting.back());
    const Deed deed = std::move(waiting.back());
    waiting.pop_back();
    deed();
    collect();
}

void World::drain() {
    collect();
    while (!waiting.empty()) do_one();
}

}  // namespace axo::rs::test
