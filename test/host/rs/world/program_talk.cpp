// What programs answer to RS: to Init, pings, UpdatePrepare and signals, each as its mood is.
#include "test/host/rs/fake_image.hpp"
#include "test/host/rs/world/world.hpp"

namespace axo::rs::test {

namespace {

constexpr int signal_segv = 11, signal_term = 15;

}  // namespace

void World::on_program_message(Program &program, Endpoint at_place, const Message &message) {
    if (message.type == Init::number) return on_init(program);
    EXPECT_TRUE(program.accepted || program.dead)
        << "message " << std::hex << message.type << " to " << at_place.value << ", which has not initialised";
    if (goes_wrong(hazards.silence)) return;
    if (message.type == UpdatePrepare::number) {
        on_prepare(program.number, decode_request<UpdatePrepare>(message));
    } else if (message.type == SignalReceived::number) {
        on_signal(program.number, static_cast<int>(decode_request<SignalReceived>(message).signal));
    }
}

void World::on_ping(const Program &program) {
    EXPECT_TRUE(program.accepted || program.dead) << "a ping before Init was accepted";
    if (program.mood == Program::Mood::loops || goes_wrong(hazards.silence)) return;
    later([this, number = program.number] {
        const Program *pinged = by_number(number);
        if (pinged != nullptr && !pinged->dead && pinged->accepted && pinged->ready_tag == 0)
            server.send(place_of(number), Pong{}, IpcCall::senda);
    });
}

void World::on_init(Program &program) {
    EXPECT_FALSE(program.told) << "Init twice";
    EXPECT_TRUE(program.loaded && program.allowed);
    program.told = true;
    if (program.mood == Program::Mood::init_hangs) return;
    later([this, number = program.number, mood = program.mood] {
        Program *starting = by_number(number);
        if (starting == nullptr || starting->dead) return;
        if (mood == Program::Mood::init_dies) return die(*starting, signal_segv);
        report_init(number, mood == Program::Mood::init_fails ? to_wire(Error::io) : 0);
    });
}

void World::on_prepare(unsigned number, const UpdatePrepare &request) {
    if (request.state == 0) return;
    const bool refuses = goes_wrong(hazards.refusal);
    later([this, number, request, refuses] {
        Program *asked = by_number(number);
        if (asked == nullptr || asked->dead || asked->ready_tag != 0) return;
        const std::int64_t result = refuses ? to_wire(Error::busy) : 0;
        asked->ready_tag = 1;  // replaced by the true one
        const std::uint64_t tag = server.send(place_of(number), UpdateReady{request.state, 0, result});
        if (Program *waits = by_number(number); waits != nullptr && waits->ready_tag == 1) waits->ready_tag = tag;
        collect();
    });
}

void World::on_signal(unsigned number, int signal) {
    later([this, number, signal] {
        Program *told = by_number(number);
        if (signal == signal_term && told != nullptr && told->ready_tag == 0) die(*told, 6);
    });
}

void World::report_init(unsigned number, std::int64_t result) {
    Program &program = *by_number(number);
    program.refused = result < 0;
    const Endpoint place = place_of(number);
    program.init_tag = 1;
    const std::uint64_t tag = server.send(place, InitReady{result, 7, name_hash(program.label), 1 << 4});
    if (Program *waits = by_number(number); waits != nullptr && waits->init_tag == 1) waits->init_tag = tag;
    collect();
}

void World::on_program_reply(Program &program, const Message &message) {
    if (message.type == InitReady::number && message.status() >= 0) {
        program.accepted = true;
        program.init_tag = 0;
    }
    if (message.type == UpdateReady::number) {
        EXPECT_LT(message.status(), 0) << "the old version goes on only after an error";
        program.ready_tag = 0;
    }
}

}  // namespace axo::rs::test
