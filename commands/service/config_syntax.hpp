// The grammar below system.conf's meaning: words, strings, { sublists }, statements ended by `;`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands/service/text.hpp"

namespace service {

/// Where something stands, for messages: included files keep their own names.
struct Place {
    std::string file;
    int line;
};

struct Node;
using Statement = std::vector<Node>;

struct Node {
    enum class Kind { word, string, list };
    Kind kind;
    std::string text;
    std::vector<Statement> list;
    Place place;
};

/// Failures (exit status 1, file and line named): an unfinished string or list, lists nested more than 100 deep, a
/// character that belongs to nothing.
Outcome<std::vector<Statement>> parse_config(std::string_view text, const std::string &file);

}  // namespace service
