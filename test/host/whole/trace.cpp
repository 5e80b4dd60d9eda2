#include "test/host/whole/trace.hpp"

#include <bit>
#include <cstdio>

namespace axo::whole {

namespace {

void mix(std::uint64_t &hash, std::uint64_t word) { hash = std::rotl((hash ^ word) * 0x100'0000'01b3, 29); }

}  // namespace

void Trace::note(Event event, std::uint64_t time, unsigned who, const std::uint64_t *words, std::size_t count) {
    mix(hash_, static_cast<std::uint64_t>(event));
    mix(hash_, who);
    mix(hash_, time);
    for (std::size_t i = 0; i < count; ++i) mix(hash_, words[i]);
    if (event == Event::resume && who != last_who_) mix(order_, last_who_ = who);
    last_[events_++ % kept] = {event, who, time, count > 0 ? words[0] : 0, count > 1 ? words[1] : 0};
}

std::string Trace::tail() const {
    static constexpr const char *names[] = {"trap", "exception", "resume", "timer", "interrupt", "idle"};
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
