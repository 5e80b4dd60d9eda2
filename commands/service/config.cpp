#include "commands/service/config.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "commands/service/config_syntax.hpp"

namespace service {
namespace {

constexpr int max_nesting = 100;         // of classes, of included files
constexpr unsigned max_bodies = 10'000;  // that one entry is put together from
constexpr unsigned port_count = 0x1'0000;
constexpr unsigned tool_irq_max = 16, tool_io_max = 16;
constexpr std::string_view statement_words[] = {"class", "uid",    "nice", "irq", "io",
                                                "pci",   "system", "vm",   "ipc", "control"};
constexpr std::string_view system_words[] = {"PRIVCTL", "TRACE",  "KILL",   "UMAP",     "VIRCOPY", "IRQCTL", "INT86",
                                             "DEVIO",   "SDEVIO", "VDEVIO", "READBIOS", "STIME",   "VMCTL"};
constexpr std::string_view vm_words[] = {"REMAP", "UNREMAP", "GETPHYS", "GETREFCNT", "QUERYEXIT", "INFO"};

std::unexpected<Failure> error(const Place &place, const std::string &what) {
    return fail(1, place.file + ":" + std::to_string(place.line) + ": " + what);
}

template <typename N>
bool number(std::string_view text, int base, N &value) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return code == std::errc{} && end == text.data() + text.size();
}

/// Everything behind the first word of a statement; strings and sublists are fatal there.
Outcome<std::vector<std::string>> words_of(const Statement &statement) {
    std::vector<std::string> words;
    for (std::size_t i = 1; i < statement.size(); ++i) {
        if (statement[i].kind != Node::Kind::word) return error(statement[i].place, "word expected");
        words.push_back(statement[i].text);
    }
    return words;
}

class EntryReader {
public:
    EntryReader(const std::vector<Statement> &top, const std::string &file) : top_(top), file_(file) {}

    Outcome<Entry> read(std::string_view name) {
        if (auto done = fold(name, 0); !done) return std::unexpected(done.error());
        return std::move(entry_);
    }

private:
    Outcome<void> fold(std::string_view name, int depth) {
        if (depth > max_nesting || ++bodies_ > max_bodies) return fail(1, file_ + ": classes nested too deeply");
        for (const Statement &statement : top_) {
            if (!is_service(statement)) return error(statement[0].place, "service name { ... }; expected");
            if (statement[1].text == name) return body(statement[2].list, depth);
        }
        return fail(1, file_ + ": no entry for service '" + std::string(name) + "'");
    }

    static bool is_service(const Statement &statement) {
        return statement.size() == 3 && statement[0].text == "service" && statement[0].kind == Node::Kind::word &&
               statement[1].kind == Node::Kind::word && statement[2].kind == Node::Kind::list;
    }

    Outcome<void> body(const std::vector<Statement> &statements, int depth) {
        for (const Statement &statement : statements)
            if (auto done = one(statement, depth); !done) return done;
        return {};
    }

    Outcome<void> one(const Statement &statement, int depth) {
        if (statement[0].kind != Node::Kind::word) return error(statement[0].place, "word expected");
        const std::string &key = statement[0].text;
        if (std::ranges::find(statement_words, key) == std::end(statement_words))
            return {};  // ignored, as in the original
        const auto words = words_of(statement);
        if (!words) return std::unexpected(words.error());
        return known_statement(key, *words, statement[0].place, depth);
    }

    Outcome<void> known_statement(std::string_view key, const std::vector<std::string> &words, const Place &place,
                                  int depth) {
        if (key == "class") return classes(words, depth);
        if (key == "uid") return single(words, place, entry_.uid);
        if (key == "nice") return nice(words, place);
        if (key == "irq") return irqs(words, place);
        if (key == "io") return io(words, place);
        if (key == "pci") return pci(words, place);
        if (key == "system") return known(words, system_words, place, entry_.system_calls);
        if (key == "vm") return known(words, vm_words, place, entry_.vm_calls);
        if (key == "ipc") return ipc(words, place);
        return control(words, place);
    }

    Outcome<void> classes(const std::vector<std::string> &words, int depth) {
        for (const std::string &name : words)
            if (auto done = fold(name, depth + 1); !done) return done;
        return {};
    }

    static Outcome<void> single(const std::vector<std::string> &words, const Place &place, std::string &value) {
        if (words.size() != 1) return error(place, "exactly one value expected");
        value = words[0];
        return {};
    }

    Outcome<void> nice(const std::vector<std::string> &words, const Place &place) {
        if (words.size() != 1 || !number(words[0], 10, entry_.nice)) return error(place, "one number expected");
        return {};
    }

    Outcome<void> irqs(const std::vector<std::string> &words, const Place &place) {
        for (const std::string &word : words) {
            unsigned line = 0;
            if (!number(word, 10, line) || line > 255) return error(place, "bad interrupt line '" + word + "'");
            entry_.irqs.push_back(line);
        }
        if (entry_.irqs.size() > tool_irq_max) return error(place, "too many interrupt lines");
        return {};
    }

    Outcome<void> io(const std::vector<std::string> &words, const Place &place) {
        for (const std::string &word : words) {
            const auto colon = word.find(':');
            unsigned base = 0, length = 1;
            const bool good =
                number(std::string_view(word).substr(0, colon), 16, base) &&
                (colon == std::string::npos || number(std::string_view(word).substr(colon + 1), 16, length));
            if (!good || length == 0 || base >= port_count || length > port_count - base)
                return error(place, "bad port range '" + word + "'");
            entry_.io.push_back({static_cast<std::uint16_t>(base), static_cast<std::uint16_t>(base + length - 1)});
        }
        if (entry_.io.size() > tool_io_max) return error(place, "too many port ranges");
        return {};
    }

    Outcome<void> pci(const std::vector<std::string> &words, const Place &place) {
        if (words.empty() || (words[0] != "device" && words[0] != "class"))
            return error(place, "device or class expected");
        for (std::size_t i = 1; i < words.size(); ++i) {
            auto done = words[0] == "device" ? pci_device(words[i], place) : pci_class(words[i], place);
            if (!done) return done;
        }
        return {};
    }

    Outcome<void> pci_device(const std::string &word, const Place &place) {
        const auto slash = word.find('/');
        axo::service::PciDevice device{};
        if (slash == std::string::npos || !number(std::string_view(word).substr(0, slash), 16, device.vendor) ||
            !number(std::string_view(word).substr(slash + 1), 16, device.device))
            return error(place, "bad PCI device '" + word + "'");
        entry_.pci.push_back(device);
        if (entry_.pci.size() > axo::service::pci_max) return error(place, "too many PCI devices");
        return {};
    }

    Outcome<void> pci_class(const std::string &word, const Place &place) {
        std::uint32_t value = 0, mask = 0;
        std::size_t start = 0;
        for (int shift = 16; start != std::string::npos; shift -= 8) {
            const std::size_t slash = word.find('/', start);
            std::uint32_t part = 0;
            const bool good = number(std::string_view(word).substr(start, slash - start), 16, part) && part <= 0xff;
            if (!good || shift < 0) return error(place, "bad PCI class '" + word + "'");
            value |= part << shift;
            mask |= 0xffu << shift;
            start = slash == std::string::npos ? slash : slash + 1;
        }
        entry_.pci_classes.push_back({value, mask});
        if (entry_.pci_classes.size() > axo::service::pci_class_max) return error(place, "too many PCI classes");
        return {};
    }

    template <std::size_t n>
    static Outcome<void> known(const std::vector<std::string> &words, const std::string_view (&allowed)[n],
                               const Place &place, std::vector<std::string> &list) {
        for (const std::string &word : words) {
            if (std::ranges::find(allowed, word) == std::end(allowed))
                return error(place, "unknown word '" + word + "'");
            list.push_back(word);
        }
        return {};
    }

    Outcome<void> ipc(const std::vector<std::string> &words, const Place &place) {
        if (std::exchange(entry_.has_ipc, true)) return error(place, "a second ipc statement");
        entry_.ipc = words;
        return {};
    }

    Outcome<void> control(const std::vector<std::string> &words, const Place &place) {
        entry_.control.insert(entry_.control.end(), words.begin(), words.end());
        if (entry_.control.size() > axo::service::control_max) return error(place, "too many control names");
        return {};
    }

    const std::vector<Statement> &top_;
    const std::string &file_;
    unsigned bodies_ = 0;
    Entry entry_;
};

/// Reads files, and puts a file's statements in the place of `include "file";`.
class FileReader {
public:
    explicit FileReader(ReadFile read) : read_(read) {}

    Outcome<std::vector<Statement>> file(const std::string &path, int depth) {
        if (depth > max_nesting) return fail(1, path + ": includes nested too deeply");
        auto text = read_(path);
        if (!text) return std::unexpected(text.error());
        auto statements = parse_config(*text, path);
        if (!statements) return statements;
        return expand(std::move(*statements), depth);
    }

private:
    static bool includes(const Statement &statement) {
        return statement.size() == 2 && statement[0].kind == Node::Kind::word && statement[0].text == "include" &&
               statement[1].kind == Node::Kind::string;
    }

    Outcome<std::vector<Statement>> expand(std::vector<Statement> &&statements, int depth) {
        std::vector<Statement> all;
        for (Statement &statement : statements) {
            if (includes(statement)) {
                auto more = file(statement[1].text, depth + 1);
                if (!more) return more;
                std::ranges::move(*more, std::back_inserter(all));
                continue;
            }
            if (auto done = expand_lists(statement, depth); !done) return std::unexpected(done.error());
            all.push_back(std::move(statement));
        }
        return all;
    }

    Outcome<void> expand_lists(Statement &statement, int depth) {
        for (Node &node : statement) {
            auto inner = expand(std::move(node.list), depth);
            if (!inner) return std::unexpected(inner.error());
            node.list = std::move(*inner);
        }
        return {};
    }

    ReadFile read_;
};

}  // namespace

Outcome<Entry> find_entry(const std::string &path, std::string_view name, ReadFile read) {
    auto statements = FileReader(read).file(path, 0);
    if (!statements) return std::unexpected(statements.error());
    return EntryReader(*statements, path).read(name);
}

}  // namespace service
