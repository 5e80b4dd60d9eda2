// Carries the state of an old version into a new one whose State has another schema (plan, section 6).
//
// The old arena is readable at its own address, the new one lies at the other. For each field of the new State:
//   1. the old State has a field of that name and of the same type (hash of the closure): its bytes are copied, and
//   every block of
//      the old heap that they, or blocks copied for them, point into is copied too. All pointers between what was
//      copied, to the arena's heap and to the State itself lead to the new places afterwards. Since the closure of the
//      type is the same, this is right for numbers, records, Vector, String, HashMap, Owned, intrusive lists and trees
//      of them alike.
//   2. a Migration (migrate.hpp) names an old field of exactly the type it expects: migrate(new, old) is called, after
//   all of 1.
//   3. the old State has no field of that name: it keeps the value its constructor gave it.
//   4. anything else is an error: no version loses state without having said so.
//   5. a field that only the old State has is an error too, unless whoever updates said that it may be lost (`service
//   update --drop NAME`).
// Grants given by the old version stay, with their ids; those of memory
// in the arena lead to the copy.
//
// A pointer is recognised by its value: a word that names a place inside a block of the old arena. Numbers do not look
// like that (arena addresses start above 2^44); one that did by chance would be changed.
#pragma once

#include "lib/base/vector.hpp"
#include "lib/sef/migrate.hpp"
#include "lib/sys/arena.hpp"

namespace axo::sef {

class Transfer {
public:
    /// `now` has its State already, default constructed, with its schema beside it.
    Transfer(const sys::ArenaHeader &before, sys::ArenaHeader &now);

    /// Does all of the above. Errors: no_memory, not_supported (a field that nobody can carry over, or one that points
    /// to something left behind; the kernel log names it), or what a migrate returned. The new arena is then of no use.
    /// `drops`: hashes of names.
    Status run(std::span<const MigrationStep> steps, std::span<const std::uint64_t> drops = {});

private:
    struct Block {
        const std::byte *from;
        std::size_t bytes;
        std::byte *to;  // null: not copied yet
    };

    const Schema &old_schema() const { return *static_cast<const Schema *>(before_.schema_table); }
    const Schema &new_schema() const { return *static_cast<const Schema *>(now_.schema_table); }
    std::byte *new_state() const { return static_cast<std::byte *>(now_.state); }
    const std::byte *old_state() const { return static_cast<const std::byte *>(before_.state); }

    Status check_losses(std::span<const MigrationStep> steps, std::span<const std::uint64_t> drops) const;
    Status index_blocks();
    Status carry_fields(std::span<const MigrationStep> steps);
    Status carry_field(const SchemaField &field, std::span<const MigrationStep> steps);
    Status apply(std::span<const MigrationStep> steps);
    const SchemaField *source_of(const MigrationStep &step) const;
    Status relocate(std::byte *start, std::size_t bytes);
    Status relocate_queued();
    Result<std::uint64_t> new_place(std::uint64_t address);
    Result<std::uint64_t> place_in_state(std::size_t offset) const;
    Block *block_at(std::uint64_t address);
    Status copy(Block &block);

    const sys::ArenaHeader &before_;
    sys::ArenaHeader &now_;
    std::uint64_t old_start_, old_end_;
    Vector<Block> blocks_{scratch_heap()};        // by address
    Vector<std::size_t> copied_{scratch_heap()};  // indices of blocks whose words are still the old ones
};

}  // namespace axo::sef
