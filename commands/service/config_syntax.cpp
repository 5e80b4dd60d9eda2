#include "commands/service/config_syntax.hpp"

#include <utility>

namespace service {
namespace {

constexpr int max_list_nesting = 100;
constexpr std::string_view punctuation = "!#$%&*+-./:<=>?[\\]^_|~";

bool is_word(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || punctuation.find(c) != std::string_view::npos;
}

class Parser {
public:
    Parser(std::string_view text, const std::string &file) : text_(text), file_(file) {}

    Outcome<std::vector<Statement>> statements(bool inside_list) {
        std::vector<Statement> result;
        Statement current;
        while (true) {
            skip_blanks();
            if (at_end()) {
                if (inside_list) return error("unfinished list");
                return finish(std::move(result), std::move(current));
            }
            if (text_[at_] == '}') {
                if (!inside_list) return error("} without {");
                ++at_;
                return finish(std::move(result), std::move(current));
            }
            if (text_[at_] == ';') {
                ++at_;
                if (!current.empty()) result.push_back(std::exchange(current, {}));
                continue;
            }
            auto node = next();
            if (!node) return std::unexpected(node.error());
            current.push_back(std::move(*node));
        }
    }

private:
    static Outcome<std::vector<Statement>> finish(std::vector<Statement> &&result, Statement &&last) {
        if (!last.empty()) result.push_back(std::move(last));
        return std::move(result);
    }

    bool at_end() const { return at_ >= text_.size(); }

    std::unexpected<Failure> error(const std::string &what) const {
        return fail(1, file_ + ":" + std::to_string(line_) + ": " + what);
    }

    /// Blanks, comments, and a line joined to the next by blank + backslash.
    void skip_blanks() {
        for (; !at_end(); ++at_) {
            const char c = text_[at_];
            const bool joins = c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
            if (c == '#') {
                while (!at_end() && text_[at_] != '\n') ++at_;
                if (at_end()) return;
                ++line_;
            } else if (c == '\n') {
                ++line_;
            } else if (c != ' ' && c != '\t' && c != '\r' && !joins) {
                return;
            }
        }
    }

    Outcome<Node> next() {
        if (text_[at_] == '{') return sublist();
        if (text_[at_] == '"') return quoted();
        if (!is_word(text_[at_])) return error(std::string("unexpected character '") + text_[at_] + "'");
        Node node = start(Node::Kind::word);
        while (!at_end() && is_word(text_[at_])) {
            escape();
            node.text += text_[at_++];
        }
        return node;
    }

    Node start(Node::Kind kind) const { return {kind, {}, {}, {file_, line_}}; }

    /// Steps over a backslash that something follows; that is taken as it is, a line's end too.
    void escape() {
        if (text_[at_] != '\\' || at_ + 1 >= text_.size()) return;
        if (text_[++at_] == '\n') ++line_;
    }

    Outcome<Node> sublist() {
        Node node = start(Node::Kind::list);
        if (++depth_ > max_list_nesting) return error("lists nested too deeply");
        ++at_;
        auto inner = statements(true);
        --depth_;
        if (!inner) return std::unexpected(inner.error());
        node.list = std::move(*inner);
        return node;
    }

    Outcome<Node> quoted() {
        Node node = start(Node::Kind::string);
        for (++at_; !at_end() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\n') return error("unfinished string");
            escape();
            node.text += text_[at_];
        }
        if (at_end()) return error("unfinished string");
        ++at_;
        return node;
    }

    std::string_view text_;
    const std::string &file_;
    std::size_t at_ = 0;
    int line_ = 1;
    int depth_ = 0;
};

}  // namespace

Outcome<std::vector<Statement>> parse_config(std::string_view text, const std::string &file) {
    return Parser(text, file).statements(false);
}

}  // namespace service
