#include "commands/service/options.hpp"

#include <charconv>
#include <string_view>

namespace service {
namespace {

using axo::service::Command;
using axo::service::FaultKind;

constexpr std::uint64_t tick_ns = 1'000'000'000 / 60;  // the original counts in ticks of its 60 Hz clock
constexpr const char *usage =
    "usage: service [-c] [-r] up|run|update BINARY [-args LIST] [-dev NODE] [-period N[HZ]] [-script PATH]\n"
    "               [-label NAME] [-config FILE] [-state N] [-maxtime N[HZ]]\n"
    "               [--verify] [--fresh] [--drop FIELD]\n"
    "       service down|refresh|restart|trace LABEL\n"
    "       service fi LABEL segv|illegal|divide|panic|hang|exit [--after N]\n"
    "       service status [--json] | events [--json] | lookup LABEL | shutdown";

struct Word {
    std::string_view name;
    Command command;
};
constexpr Word words[] = {
    {"up", Command::up},
    {"run", Command::up},
    {"update", Command::update},
    {"down", Command::down},
    {"refresh", Command::refresh},
    {"restart", Command::restart},
    {"shutdown", Command::shutdown},
    {"lookup", Command::lookup},
    {"status", Command::status},
    {"events", Command::events},
    {"trace", Command::trace},
    {"fi", Command::fault},
};
struct Fault {
    std::string_view name;
    FaultKind kind;
};
constexpr Fault faults[] = {{"segv", FaultKind::segv},   {"illegal", FaultKind::illegal}, {"divide", FaultKind::divide},
                            {"panic", FaultKind::panic}, {"hang", FaultKind::hang},       {"exit", FaultKind::exit}};

std::unexpected<Failure> misuse(const std::string &what) { return fail(exit_usage, "service: " + what + "\n" + usage); }

bool number(std::string_view text, std::uint64_t &value) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc{} && end == text.data() + text.size();
}

/// Ticks, or with suffix HZ units of the clock rate, hence seconds.
bool duration(std::string_view text, std::uint64_t &ns) {
    const bool in_seconds = text.ends_with("HZ");
    if (in_seconds) text.remove_suffix(2);
    constexpr std::uint64_t limit = 1ull << 30;
    if (!number(text, ns) || ns > limit) return false;
    ns *= in_seconds ? 1'000'000'000 : tick_ns;
    return true;
}

class Reader {
public:
    explicit Reader(std::span<char *const> arguments) : arguments_(arguments) {}

    Outcome<Options> read() {
        if (auto done = leading(); !done) return std::unexpected(done.error());
        if (auto done = request(); !done) return std::unexpected(done.error());
        if (auto done = target(); !done) return std::unexpected(done.error());
        while (at_ < arguments_.size())
            if (auto done = option(); !done) return std::unexpected(done.error());
        return std::move(options_);
    }

private:
    bool more() const { return at_ < arguments_.size(); }
    std::string_view take() { return arguments_[at_++]; }

    Outcome<void> leading() {
        for (; more() && arguments_[at_][0] == '-'; ++at_) {
            const std::string_view word = arguments_[at_];
            if (word == "-c")
                options_.copy = true;
            else if (word == "-r")
                options_.copy = options_.reuse = true;
            else if (word == "-i")
                options_.warning = "service: -i is obsolete and has no effect\n";
            else if (word == "-h" || word == "--help")
                return fail(0, usage);
            else
                return misuse("unknown option " + std::string(word));
        }
        return {};
    }

    Outcome<void> request() {
        if (!more()) return misuse("a request is missing");
        const std::string_view text = take();
        if (text == "help") return fail(0, usage);
        for (const Word &word : words) {
            if (word.name != text) continue;
            options_.command = word.command;
            if (text == "run") options_.script = "/etc/rs.single";
            return {};
        }
        return fail(exit_unknown, "service: unknown request '" + std::string(text) + "'\n" + usage);
    }

    Outcome<void> target() {
        switch (options_.command) {
            case Command::shutdown:
            case Command::status:
            case Command::events: return {};
            case Command::up:
            case Command::update: return binary();
            default: break;
        }
        if (!more()) return misuse("a label is missing");
        options_.label = take();
        if (options_.label.empty() || options_.label.size() >= axo::label_size) return misuse("bad label");
        return options_.command == Command::fault ? fault() : Outcome<void>{};
    }

    Outcome<void> binary() {
        if (!more()) return misuse("the binary is missing");
        options_.binary = take();
        if (!options_.binary.starts_with('/')) return misuse("the binary's path must be absolute");
        options_.label = options_.binary.substr(options_.binary.rfind('/') + 1).substr(0, axo::label_size - 1);
        if (options_.label.empty()) return misuse("the binary's path names a directory");
        return {};
    }

    Outcome<void> fault() {
        if (!more()) return misuse("the kind of fault is missing");
        const std::string_view text = take();
        for (const Fault &fault : faults) {
            if (fault.name != text) continue;
            options_.fault = fault.kind;
            return {};
        }
        return misuse("unknown fault '" + std::string(text) + "'");
    }

    Outcome<void> option() {
        const std::string_view name = take();
        const bool shows = options_.command == Command::status || options_.command == Command::events;
        if (name == "--json" && shows) return flag(options_.json);
        if (options_.command == Command::update) {
            if (name == "--verify") return flag(options_.verify);
            if (name == "--fresh") return flag(options_.fresh);
        }
        const bool starts = options_.command == Command::up || options_.command == Command::update;
        const bool breaks = options_.command == Command::fault;
        if (!starts && !breaks) return misuse("unknown option " + std::string(name));
        if (!more()) return misuse("value missing for " + std::string(name));
        const std::string_view value = take();
        if (starts) return start_option(name, value);
        if (name != "--after") return misuse("unknown option " + std::string(name));
        return number(value, options_.after) ? Outcome<void>{} : misuse("bad --after");
    }

    static Outcome<void> flag(bool &value) {
        value = true;
        return {};
    }

    Outcome<void> start_option(std::string_view name, std::string_view value) {
        if (name == "-args") return text(options_.arguments, value);
        if (name == "-dev") return text(options_.device, value);
        if (name == "-script") return text(options_.script, value);
        if (name == "-config") {
            options_.config_given = true;
            return text(options_.config, value);
        }
        if (name == "--drop" && options_.command == Command::update) return drop(value);
        if (name == "-label") return label(value);
        if (name == "-period")
            return duration(value, options_.period_ns) && options_.period_ns > 0 ? Outcome<void>{}
                                                                                 : misuse("bad -period");
        if (name == "-maxtime") return duration(value, options_.max_time_ns) ? Outcome<void>{} : misuse("bad -maxtime");
        if (name == "-state") return state(value);
        return misuse("unknown option " + std::string(name));
    }

    static Outcome<void> text(std::string &to, std::string_view value) {
        to = value;
        return {};
    }

    Outcome<void> drop(std::string_view value) {
        if (value.empty() || value.size() >= axo::service::field_name_max) return misuse("bad --drop");
        if (options_.drops.size() == axo::service::drop_max) return misuse("more than 3 of --drop");
        options_.drops.emplace_back(value);
        return {};
    }

    Outcome<void> label(std::string_view value) {
        if (value.empty() || value.size() >= axo::label_size) return misuse("a label has 1 to 15 characters");
        options_.label = value;
        return {};
    }

    Outcome<void> state(std::string_view value) {
        std::uint64_t state = 0;
        if (!number(value, state) || state == 0 || state > 0xffff'ffff) return misuse("bad -state");
        options_.state = static_cast<std::uint32_t>(state);
        return {};
    }

    std::span<char *const> arguments_;
    std::size_t at_ = 0;
    Options options_{};
};

}  // namespace

Outcome<Options> parse_options(std::span<char *const> arguments) { return Reader(arguments).read(); }

}  // namespace service
