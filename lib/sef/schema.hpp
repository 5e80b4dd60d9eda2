// What the State of a service looks like, as tools/make_schema.py found it in the debug information after linking. The
// image carries the table of its own State; the arena carries a copy of the table it was made by, for the next version.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "axo/error.hpp"
#include "lib/base/fixed_string.hpp"

namespace axo::sef {

/// A field of State itself (or a base class, under its type's name).
struct SchemaField {
    std::uint64_t type;  // hash of its type and of everything reachable from it
    std::uint32_t offset, bytes;
    char name_text[48];

    std::string_view name() const { return text_of(name_text); }
};

struct Schema {
    static constexpr std::uint64_t expected_magic = 0x616d'6863'736f'7861;  // "axoschma"
    std::uint64_t magic;
    std::uint64_t hash;  // of State and of everything reachable from it; 0: it cannot be carried over
    std::uint64_t state_bytes;
    std::uint32_t field_count;
    std::uint32_t reserved;
    char name_text[32];  // of the service that this is a version of
    SchemaField first[];

    std::span<const SchemaField> fields() const { return {first, field_count}; }
    std::size_t bytes() const { return sizeof(Schema) + field_count * sizeof(SchemaField); }
    /// The field of that name, or null.
    const SchemaField *find(std::string_view name) const;
    /// The field in which the byte at this offset of State lies, or null.
    const SchemaField *at(std::size_t offset) const;
};

/// The table of this program's own State, or null: it has none, and no update can inherit its state.
const Schema *own_schema();
/// Its hash, or 0.
std::uint64_t own_schema_hash();
/// Hash of the name of the service that this program is a version of; 0: it has none.
std::uint64_t own_name_hash();

namespace detail {
inline constexpr std::uint64_t not_filled_in = 1;

/// Tells the generator which type is the State. Never read.
template <class State>
struct StateMarker {
    std::uint64_t unused;
};
template <class State>
[[gnu::used]] inline volatile StateMarker<State> state_marker{not_filled_in};

/// The generator writes the hash of T's closure here.
template <class T>
struct TypeMarker {
    std::uint64_t hash;
};
template <class T>
[[gnu::used]] inline volatile TypeMarker<T> type_marker{not_filled_in};
}  // namespace detail

/// Hash of any type, comparable with SchemaField::type; meaningless when own_schema() is null.
template <class T>
std::uint64_t type_hash() {
    return detail::type_marker<T>.hash;
}

}  // namespace axo::sef
