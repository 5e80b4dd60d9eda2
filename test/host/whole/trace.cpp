#include "test/host/whole/trace.hpp"

#include <bit>
#include <cstdio>

namespace axo::whole {

void Trace::mix(std::uint64_t word) { hash_ = std::rotl((hash_ ^ word) * 0x100'0000'01b3, 29); }

void Trace::note(Event event, std::uint64_t time, unsigned who, const std::uint64_t *words, std::size_t count) {
    mix(static_cast<std::uint64_t>(event));
    mix(time);
    mix(who);
    for (std::size_t i = 0; i < count; ++i) mix(words[i]);
    last_[events_++ % kept] = {event, who, time, count > 0 ? words[0] : 0, count > 1 ? words[1] : 0};
}

std::string Trace::tail() const {
    static constexpr const char *names[] = {"trap", "exception", "resume", "timer", "idle"};
    std::string text;
    for (std::uint64_t i = events_ > kept ? events_ - kept : 0; i < events_; ++i) {
        const Line &line = last_[i % kept];
        char row[128];
        std::snprintf(row, sizeof row, "%12lu %-9s slot %u: %lx %lx\n", line.time,
                      names[static_cast<unsigned>(line.event)], line.who, line.first, line.second);
        text += row;
    }
    return text;
}

}  // namespace axo::whole
