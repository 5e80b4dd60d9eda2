// How a typed request becomes a Message and back. A protocol is a list of plain request structs;
// each names its number, its Reply and whether it may be repeated. Status travels in words[0] of a
// reply (0 or a negative Error), the Reply struct in words[1..6].
#pragma once

#include <concepts>
#include <iterator>
#include <type_traits>

#include "axo/error.hpp"
#include "axo/ipc.hpp"

namespace axo {

/// For requests and replies without content.
struct Nothing {};

template <typename T>
concept WireData = std::is_empty_v<T> ||
    (std::is_trivially_copyable_v<T> &&std::is_standard_layout_v<T> &&std::has_unique_object_representations_v<T>);

template <typename R>
concept Request = WireData<R> && WireData<typename R::Reply> && sizeof(R) <= 56 &&
                  sizeof(typename R::Reply) <= 48 && requires {
    { R::number } -> std::convertible_to<std::uint16_t>;
    { R::idempotent } -> std::convertible_to<bool>;
};

template <Request... R>
struct Protocol {
    static constexpr bool has(std::uint16_t type) { return ((type == R::number) || ...); }
};

namespace detail {
// The builtins: every request and reply is copied here, a few words at a time, and a call of memcpy costs more than
// the copy does where the compiler may not expand it.
template <typename T>
void put(std::uint64_t *words, const T &value) {
    if constexpr (!std::is_empty_v<T>) __builtin_memcpy(words, &value, sizeof value);
}
template <typename T>
T get(const std::uint64_t *words) {
    T value;
    if constexpr (!std::is_empty_v<T>) __builtin_memcpy(&value, words, sizeof value);
    return value;
}
}  // namespace detail

/// Writes all of `message`: what the request does not fill is zero.
template <Request R>
void encode_request(Message &message, const R &request, std::uint64_t tag) {
    constexpr std::size_t used = std::is_empty_v<R> ? 0 : (sizeof(R) + 7) / 8;
    message.source = {};
    message.type = R::number;
    message.flags = 0;
    message.tag = tag;
    if constexpr (used != 0) message.words[used - 1] = 0;  // the request may end within a word
    for (std::size_t i = used; i < std::size(message.words); ++i) message.words[i] = 0;
    detail::put(message.words, request);
}
template <Request R>
Message encode_request(const R &request, std::uint64_t tag) {
    Message message;
    encode_request(message, request, tag);
    return message;
}
template <Request R>
R decode_request(const Message &message) {
    return detail::get<R>(message.words);
}

template <WireData Reply>
Message encode_reply(std::uint16_t type, std::uint64_t tag, const Reply &reply) {
    Message message{};
    message.type = type;
    message.flags = message_flag::reply;
    message.tag = tag;
    detail::put(message.words + 1, reply);
    return message;
}
inline Message encode_error(std::uint16_t type, std::uint64_t tag, std::int64_t status) {
    Message message{};
    message.type = type;
    message.flags = message_flag::reply;
    message.tag = tag;
    message.words[0] = static_cast<std::uint64_t>(status);
    return message;
}
template <WireData Reply>
Result<Reply> decode_reply(const Message &message) {
    if (message.status() < 0) return error_from_wire(message.status());
    return detail::get<Reply>(message.words + 1);
}

}  // namespace axo
