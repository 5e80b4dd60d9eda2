// sources: commands/service/config_syntax.cpp
// The grammar of system.conf: words, strings, lists, comments; what is refused names file and line.
#include <gtest/gtest.h>

#include "commands/service/config_syntax.hpp"

namespace service {
namespace {

/// Words as they are, strings in quotes, lists in braces; statements end with `;`.
std::string shown(const std::vector<Statement> &statements) {
    std::string text;
    for (const Statement &statement : statements) {
        for (const Node &node : statement) {
            if (&node != &statement.front()) text += ' ';
            switch (node.kind) {
                case Node::Kind::word: text += node.text; break;
                case Node::Kind::string: text += '"' + node.text + '"'; break;
                case Node::Kind::list: text += '{' + shown(node.list) + '}'; break;
            }
        }
        text += ';';
    }
    return text;
}

std::string parsed(std::string_view text) {
    const auto statements = parse_config(text, "f");
    EXPECT_TRUE(statements) << statements.error().text;
    return statements ? shown(*statements) : "";
}

std::string refusal(std::string_view text) {
    const auto statements = parse_config(text, "f");
    if (statements) return "accepted: " + shown(*statements);
    EXPECT_EQ(statements.error().status, 1);
    return statements.error().text;
}

TEST(ConfigSyntax, words_strings_and_lists) { EXPECT_EQ(parsed("a \"b c\" { d; e f; };"), "a \"b c\" {d;e f;};"); }
TEST(ConfigSyntax, empty_file_has_no_statements) { EXPECT_EQ(parsed(""), ""); }
TEST(ConfigSyntax, empty_statements_vanish) { EXPECT_EQ(parsed(";; a;;"), "a;"); }
TEST(ConfigSyntax, last_statement_needs_no_semicolon) { EXPECT_EQ(parsed("a { b }"), "a {b;};"); }
TEST(ConfigSyntax, word_characters) { EXPECT_EQ(parsed("!a#$%&*+-./:<=>?[]^_|~9 b"), "!a#$%&*+-./:<=>?[]^_|~9 b;"); }
TEST(ConfigSyntax, comment_ends_with_its_line) { EXPECT_EQ(parsed("# x\na # y;\nb; # z"), "a b;"); }
TEST(ConfigSyntax, backslash_escapes) { EXPECT_EQ(parsed("a\\;b \"c\\\"d\\\\\""), "a;b \"c\"d\\\";"); }
TEST(ConfigSyntax, blank_and_backslash_join_lines) { EXPECT_EQ(parsed("a \\\nb;"), "a b;"); }

TEST(ConfigSyntax, places_count_every_line_end) {
    const auto statements = parse_config("# one\n\na \\\nb;\n\"c\\\nd\";\ne\\\nf; g;", "f");
    ASSERT_TRUE(statements);
    ASSERT_EQ(statements->size(), 4u);
    EXPECT_EQ((*statements)[0][0].place.line, 3);
    EXPECT_EQ((*statements)[0][1].place.line, 4);
    EXPECT_EQ((*statements)[1][0].place.line, 5);
    EXPECT_EQ((*statements)[2][0].place.line, 7);
    EXPECT_EQ((*statements)[3][0].place.line, 8);
}

TEST(ConfigSyntax, refuses_unfinished_string) {
    EXPECT_EQ(refusal("a;\n\"b"), "f:2: unfinished string");
    EXPECT_EQ(refusal("\"b\n\""), "f:1: unfinished string");
}
TEST(ConfigSyntax, refuses_unfinished_list) { EXPECT_EQ(refusal("a {\nb;"), "f:2: unfinished list"); }
TEST(ConfigSyntax, refuses_brace_without_list) { EXPECT_EQ(refusal("a; }"), "f:1: } without {"); }
TEST(ConfigSyntax, refuses_other_characters) { EXPECT_EQ(refusal("\n(a)"), "f:2: unexpected character '('"); }

TEST(ConfigSyntax, refuses_lists_nested_too_deeply) {
    EXPECT_EQ(parsed(std::string(100, '{') + std::string(100, '}')).size(), 300u);
    EXPECT_EQ(refusal(std::string(100'000, '{')), "f:1: lists nested too deeply");
}

}  // namespace
}  // namespace service
