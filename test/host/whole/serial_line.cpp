#include "test/host/whole/serial_line.hpp"

#include <algorithm>
#include <utility>

namespace axo::whole {

namespace {

constexpr std::uint64_t character_time = 87'000;  // 115200 8N1

}  // namespace

std::uint32_t SerialLine::access(PortAccess access, std::uint64_t now) {
    static_cast<void>(chip_.run({&access, 1}));
    look(now);
    return access.value;
}

std::uint32_t SerialLine::read(std::uint16_t port, std::uint64_t now) { return access({port, 1, 0, 0}, now); }
void SerialLine::write(std::uint16_t port, std::uint32_t value, std::uint64_t now) { access({port, 1, 1, value}, now); }

void SerialLine::type(std::string_view text, std::uint64_t now) {
    typed_.insert(typed_.end(), text.begin(), text.end());
    look(now);
}

std::uint64_t SerialLine::next_event() const { return std::min(arrives_, carried_); }

void SerialLine::advance(std::uint64_t now) {
    if (now >= carried_) {
        carried_ = never;
        chip_.drain();
    }
    if (now >= arrives_) {
        arrives_ = never;
        // The far end keeps to the chip's flow control: it sends when there is room.
        if (chip_.has_room()) {
            chip_.type({&typed_.front(), 1});
            typed_.pop_front();
        }
    }
    look(now);
}

bool SerialLine::take_edge() { return std::exchange(edge_, false); }

void SerialLine::look(std::uint64_t now) {
    if (chip_.sending() && carried_ == never) carried_ = now + 1 + random_() % (16 * character_time);
    if (!typed_.empty() && arrives_ == never) arrives_ = now + character_time + random_() % (8 * character_time);
    const bool high = chip_.interrupt_pending();
    edge_ |= high && !high_;
    high_ = high;
}

}  // namespace axo::whole
