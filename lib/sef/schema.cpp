// The place in the image that the schema generator fills in after linking.
#include "lib/sef/schema.hpp"

#include "lib/base/hash.hpp"

namespace axo::sef {

namespace {
constexpr std::size_t table_bytes = 4096;
// Volatile: the compiler must not believe what it sees here.
[[gnu::section(".axo.schema"), gnu::used]] alignas(16) const volatile std::byte table[table_bytes] = {};
}  // namespace

const SchemaField *Schema::find(std::string_view name) const {
    for (const SchemaField &field : fields()) {
        if (field.name() == name) return &field;
    }
    return nullptr;
}

const SchemaField *Schema::at(std::size_t offset) const {
    for (const SchemaField &field : fields()) {
        if (offset >= field.offset && offset - field.offset < field.bytes) return &field;
    }
    return nullptr;
}

namespace {

const Schema *own_table() {
    const auto *schema = reinterpret_cast<const Schema *>(const_cast<const std::byte *>(table));
    return *const_cast<const volatile std::uint64_t *>(&schema->magic) == Schema::expected_magic ? schema : nullptr;
}

}  // namespace

const Schema *own_schema() {
    const Schema *schema = own_table();
    return schema == nullptr || schema->hash == 0 ? nullptr : schema;
}

std::uint64_t own_schema_hash() {
    const Schema *schema = own_schema();
    return schema == nullptr ? 0 : schema->hash;
}

std::uint64_t own_name_hash() {
    const Schema *schema = own_table();
    return schema == nullptr ? 0 : Hash<std::string_view>::of(text_of(schema->name_text));
}

}  // namespace axo::sef
