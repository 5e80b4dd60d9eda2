// The fields of a request struct, one by one and with their types, so that a storm fills an endpoint with endpoints
// and a grant with grants. Structured bindings do it; the number of fields is found by trying how many the struct's
// braces take.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "axo/ds_protocol.hpp"
#include "axo/fs_protocol.hpp"
#include "axo/pm_protocol.hpp"
#include "axo/rs_protocol.hpp"
#include "axo/vfs_protocol.hpp"

namespace axo::storm {

namespace detail {

struct AnyField {
    template <typename T>
    operator T() const;
};

template <typename T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
    return requires { T{(static_cast<void>(I), AnyField{})...}; };
}
template <typename T, std::size_t N = 14>
constexpr std::size_t count_fields() {
    if constexpr (std::is_empty_v<T>)
        return 0;
    else if constexpr (takes<T>(std::make_index_sequence<N>{}))
        return N;
    else
        return count_fields<T, N - 1>();
}

}  // namespace detail

template <typename T>
inline constexpr std::size_t field_count = detail::count_fields<T>();
// Braces take the elements of an array one by one: such structs are counted by hand. A wrong count does not compile.
template <>
inline constexpr std::size_t field_count<pm::Spawn> = 1;
template <>
inline constexpr std::size_t field_count<pm::ExecCommit> = 7;
template <>
inline constexpr std::size_t field_count<vfs::MapDriver> = 5;
template <>
inline constexpr std::size_t field_count<fs::Mount> = 5;
template <>
inline constexpr std::size_t field_count<rs::Lookup> = 1;
template <>
inline constexpr std::size_t field_count<rs::Control> = 3;
template <>
inline constexpr std::size_t field_count<rs::GiveRight> = 5;
template <>
inline constexpr std::size_t field_count<rs::MayUseDevice> = 4;
template <>
inline constexpr std::size_t field_count<rs::StartFileSystem> = 1;

/// visit(field) for every field of `request`, in order.
template <typename T, typename Visit>
void for_each_field(T &request, Visit visit) {
    constexpr std::size_t count = field_count<T>;
    const auto all = [&](auto &...field) { (visit(field), ...); };
    if constexpr (count == 0) {
        return;
    } else if constexpr (count == 1) {
        auto &[a] = request;
        all(a);
    } else if constexpr (count == 2) {
        auto &[a, b] = request;
        all(a, b);
    } else if constexpr (count == 3) {
        auto &[a, b, c] = request;
        all(a, b, c);
    } else if constexpr (count == 4) {
        auto &[a, b, c, d] = request;
        all(a, b, c, d);
    } else if constexpr (count == 5) {
        auto &[a, b, c, d, e] = request;
        all(a, b, c, d, e);
    } else if constexpr (count == 6) {
        auto &[a, b, c, d, e, f] = request;
        all(a, b, c, d, e, f);
    } else if constexpr (count == 7) {
        auto &[a, b, c, d, e, f, g] = request;
        all(a, b, c, d, e, f, g);
    } else if constexpr (count == 8) {
        auto &[a, b, c, d, e, f, g, h] = request;
        all(a, b, c, d, e, f, g, h);
    } else {
        static_assert(count == 9, "a request with more fields: one more line here");
        auto &[a, b, c, d, e, f, g, h, i] = request;
        all(a, b, c, d, e, f, g, h, i);
    }
}

}  // namespace axo::storm
