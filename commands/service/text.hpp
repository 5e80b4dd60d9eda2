// An error with its text: what the command prints and the exit status it ends with.
#pragma once

#include <expected>
#include <string>

namespace service {

struct Failure {
    std::string text;
    int status;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> fail(int status, std::string text) {
    return std::unexpected(Failure{std::move(text), status});
}

}  // namespace service
