// The grammar below system.conf's meaning: words, strings, { sublists }, statements ended by `;`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/service/text.hpp"

namespace service {

struct Node;
using Statement = std::vector<Node>;

struct Node {
    enum class Kind { word, string, list };
    Kind kind;
    std::string text;
    std::vector<Statement> list;
    int line;
};

/// Failures: an unfinished string or list, a character that belongs to nothing.
Outcome<std::vector<Statement>> parse_config(std::string_view text, const std::string &file);

}  // namespace service
