// How a new version says what becomes of fields of State whose type or name changed:
//
//   void migrate(OpenCount &now, const OldCount &before);      // found by ADL; may return a Status
//   struct State {
//       OpenCount opens;
//       std::uint64_t bytes_read;                               // was: std::uint32_t reads
//       using Migrations = sef::Migrations<sef::Migration<"opens", &State::opens, OldCount>,
//                                          sef::Migration<"reads", &State::bytes_read, std::uint32_t>>;
//   };
//
// Each names a field of the old State, the member it goes to, and its old type, whose definition the new version keeps.
// It is used when the old version really has a field of that name with exactly that type (by the hash of its closure);
// so there may be several for one field, one for each version that is still about. Without a `migrate` the old value is
// assigned.
//
// `before` lies in the old version's arena, which is readable at its own address: its pointers are good until migrate
// returns, and what it wants to keep of what they point to it copies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "axo/error.hpp"
#include "lib/sef/schema.hpp"

namespace axo::sef {

/// A text as a template argument.
template <std::size_t size>
struct FieldName {
    char text[size];
    consteval FieldName(const char (&name)[size]) {
        for (std::size_t i = 0; i < size; ++i) text[i] = name[i];
    }
    constexpr std::string_view view() const { return {text, size - 1}; }
};

template <FieldName name, auto member, class Before>
struct Migration;
template <class... M>
struct Migrations {};

/// A Migration with its types taken away.
struct MigrationStep {
    std::string_view field;                    // of the old State
    std::uint64_t before_type;                 // hash of its type
    std::size_t (*target)(const void *state);  // offset of the new member
    Status (*apply)(void *state, const void *before);
};

namespace detail {

template <class Now, class Before>
Status migrate_field(Now &now, const Before &before) {
    if constexpr (requires {
                      { migrate(now, before) } -> std::convertible_to<Status>;
                  }) {
        return migrate(now, before);
    } else if constexpr (requires { migrate(now, before); }) {
        migrate(now, before);
    } else {
        static_assert(std::is_assignable_v<Now &, const Before &>,
                      "this change of a field needs a migrate(now, before)");
        now = static_cast<Now>(before);
    }
    return {};
}

template <class State, class M>
struct StepOf;
template <class State, FieldName name, auto member, class Before>
struct StepOf<State, Migration<name, member, Before>> {
    static std::size_t target(const void *state) {
        const auto *field = &(static_cast<const State *>(state)->*member);
        return static_cast<std::size_t>(reinterpret_cast<const std::byte *>(field) -
                                        static_cast<const std::byte *>(state));
    }
    static Status apply(void *state, const void *before) {
        return migrate_field(static_cast<State *>(state)->*member, *static_cast<const Before *>(before));
    }
    static MigrationStep step() { return {name.view(), type_hash<Before>(), target, apply}; }
};

template <class State, class... M>
std::array<MigrationStep, sizeof...(M)> steps_of(Migrations<M...> *) {
    return {StepOf<State, M>::step()...};
}

}  // namespace detail

/// The migrations a State declares, none by default.
template <class State>
auto migration_steps() {
    if constexpr (requires { typename State::Migrations; }) {
        return detail::steps_of<State>(static_cast<typename State::Migrations *>(nullptr));
    } else {
        return std::array<MigrationStep, 0>{};
    }
}

}  // namespace axo::sef
