// sources: drivers/tty/line.cpp drivers/tty/line_edit.cpp drivers/tty/input_queue.cpp drivers/tty/output_side.cpp
// The line discipline under random settings, bytes, reads and writes: counts agree, and what is said to be
// readable can be read.
#include <memory>

#include "drivers/tty/line.hpp"
#include "test/fuzz/fuzz.hpp"

namespace {

using namespace axo::tty;

enum class Step : std::uint8_t {
    type,
    write,
    read,
    drain,
    settings,
    control,
    flags,
    line_break,
    damaged,
    flush,
    flow,
    count
};

void change_settings(Line &line, fuzz::Input &input, Step step) {
    Termios settings = line.settings();
    if (step == Step::settings) settings = input.take<Termios>();
    if (step == Step::control)
        settings.control[input.take<std::uint8_t>() % control_count] = input.take<std::uint8_t>();
    if (step == Step::flags) {
        settings.input ^= 1u << input.take<std::uint8_t>() % 32;
        settings.output ^= 1u << input.take<std::uint8_t>() % 32;
        settings.local ^= 1u << input.take<std::uint8_t>() % 32;
    }
    line.set_settings(settings);
}

void read_some(Line &line, std::size_t bytes) {
    std::vector<std::uint8_t> buffer(bytes);
    const std::size_t readable = line.readable_bytes();
    const bool had_something = line.readable();
    const std::size_t got = line.read(buffer);
    fuzz::require(got <= bytes && got <= readable, "no more than there is");
    fuzz::require(got == std::min(bytes, readable) || line.canonical(), "all that fits");
    fuzz::require(had_something || got == 0, "nothing from nothing");
}

void one_step(Line &line, fuzz::Input &input) {
    const auto step = static_cast<Step>(input.take<std::uint8_t>() % static_cast<unsigned>(Step::count));
    switch (step) {
        case Step::type:
            for (const std::uint8_t byte : input.take_bytes(input.take<std::uint8_t>())) line.input(byte);
            break;
        case Step::write: {
            const auto text = input.take_bytes(input.take<std::uint8_t>());
            fuzz::require(line.write(text) <= text.size(), "written no more than given");
            break;
        }
        case Step::read: read_some(line, input.take<std::uint8_t>() * 17u); break;
        case Step::drain: {
            const auto part = line.output().sendable();
            line.output().sent(std::min<std::size_t>(part.size(), input.take<std::uint8_t>() * 33u));
            break;
        }
        case Step::line_break: line.input_break(); break;
        case Step::damaged: line.input_error(input.take<std::uint8_t>()); break;
        case Step::flush: input.take<std::uint8_t>() % 2 == 0 ? line.flush_input() : line.flush_output(); break;
        case Step::flow:
            line.send_flow_byte(input.take<std::uint8_t>() % 2 == 0 ? Control::start : Control::stop);
            break;
        default: change_settings(line, input, step);
    }
    line.take_signals();
}

/// However it was treated, a line set to raw and emptied takes and gives a byte again.
void check_usable(Line &line) {
    Termios raw = default_termios();
    raw.input = raw.output = raw.local = 0;
    line.set_settings(raw);
    line.flush_input();
    line.flush_output();
    fuzz::require(!line.readable() && line.readable_bytes() == 0, "flushed");
    line.input('x');
    std::uint8_t byte = 0;
    fuzz::require(line.readable() && line.read({&byte, 1}) == 1, "usable again");
}

}  // namespace

std::uint64_t fuzz::usual_inputs() { return 4'000; }

std::vector<fuzz::Bytes> fuzz::seeds() {
    return {{0, 8, 'h', 'e', 'l', 'l', 'o', ' ', 23, '\r', 2, 1, 3, 16, 1, 5, 'a', 'b', '\n', 'c', 'd'},
            {6, 1, 2, 3, 0, 4, 22, 3, '\t', 127}};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static_assert(static_cast<unsigned>(Step::count) == 11);
    const auto line = std::make_unique<Line>();
    fuzz::Input input(data, size);
    while (!input.empty()) one_step(*line, input);
    check_usable(*line);
    return 0;
}
