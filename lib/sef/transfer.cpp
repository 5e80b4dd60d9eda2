// The copying, and the finding of new places for old pointers.
#include "lib/sef/transfer.hpp"

#include <algorithm>
#include <cstring>

#include "lib/base/hash.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef {

namespace {

std::uint64_t address_of(const void *pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

/// What the block may have been aligned to: cache lines and pages are asked for, more is not.
std::size_t alignment_of(const std::byte *block, std::size_t bytes) {
    const std::uint64_t address = address_of(block);
    if (address % page_size == 0 && bytes >= page_size) return page_size;
    return address % 64 == 0 && bytes >= 64 ? 64 : Heap::alignment;
}

}  // namespace

Transfer::Transfer(const sys::ArenaHeader &before, sys::ArenaHeader &now)
    : before_(before), now_(now), old_start_(address_of(&before)), old_end_(old_start_ + before.bytes) {}

Status Transfer::run(std::span<const MigrationStep> steps, std::span<const std::uint64_t> drops) {
    TRY(check_losses(steps, drops));
    TRY(index_blocks());
    TRY(carry_fields(steps));
    // The grant table is part of the header, not of the State, and the same in every version.
    std::memcpy(reinterpret_cast<std::byte *>(&now_.grants), reinterpret_cast<const std::byte *>(&before_.grants),
                sizeof now_.grants);
    TRY(relocate(reinterpret_cast<std::byte *>(&now_.grants), sizeof now_.grants));
    TRY(relocate_queued());
    return apply(steps);
}

Status Transfer::check_losses(std::span<const MigrationStep> steps, std::span<const std::uint64_t> drops) const {
    for (const SchemaField &field : old_schema().fields()) {
        const bool kept = new_schema().find(field.name()) != nullptr;
        const bool migrates =
            std::any_of(steps.begin(), steps.end(), [&](const auto &step) { return source_of(step) == &field; });
        const std::uint64_t name = Hash<std::string_view>::of(field.name());
        if (kept || migrates || std::find(drops.begin(), drops.end(), name) != drops.end()) continue;
        sys::log("update: State.%s would be lost; a Migration carries it over, --drop %s allows it", field.name_text,
                 field.name_text);
        return Error::not_supported;
    }
    return {};
}

Status Transfer::index_blocks() {
    TRY(blocks_.reserve(before_.heap.used_blocks()));
    Status status{};
    before_.heap.for_each_block([&](const std::byte *block, std::size_t bytes) {
        if (status) status = blocks_.push_back({block, bytes, nullptr});
    });
    return status;
}

Status Transfer::carry_fields(std::span<const MigrationStep> steps) {
    for (const SchemaField &field : new_schema().fields()) TRY(carry_field(field, steps));
    return {};
}

Status Transfer::carry_field(const SchemaField &field, std::span<const MigrationStep> steps) {
    for (const MigrationStep &step : steps) {
        if (step.target(now_.state) == field.offset && source_of(step) != nullptr) return {};
    }
    const SchemaField *source = old_schema().find(field.name());
    if (source == nullptr) return {};
    if (source->type != field.type || source->bytes != field.bytes) {
        sys::log("update: the type of State.%s changed and there is no migrate for it", field.name_text);
        return Error::not_supported;
    }
    std::memcpy(new_state() + field.offset, old_state() + source->offset, field.bytes);
    return relocate(new_state() + field.offset, field.bytes);
}

const SchemaField *Transfer::source_of(const MigrationStep &step) const {
    const SchemaField *source = old_schema().find(step.field);
    return source != nullptr && source->type == step.before_type ? source : nullptr;
}

Status Transfer::apply(std::span<const MigrationStep> steps) {
    for (const MigrationStep &step : steps) {
        if (const SchemaField *source = source_of(step)) TRY(step.apply(now_.state, old_state() + source->offset));
    }
    return {};
}

// Words of packed records may lie across two aligned ones; no container has such.
Status Transfer::relocate(std::byte *start, std::size_t bytes) {
    constexpr std::size_t word_bytes = sizeof(std::uint64_t);
    std::byte *at = start + (word_bytes - address_of(start) % word_bytes) % word_bytes;
    for (; at + word_bytes <= start + bytes; at += word_bytes) {
        std::uint64_t word;
        std::memcpy(&word, at, word_bytes);
        if (word < old_start_ || word >= old_end_) continue;
        const std::uint64_t place = TRY(new_place(word));
        std::memcpy(at, &place, word_bytes);
    }
    return {};
}

Status Transfer::relocate_queued() {
    while (!copied_.empty()) {
        const Block block = blocks_[copied_.take_back()];
        TRY(relocate(block.to, block.bytes));
    }
    return {};
}

Result<std::uint64_t> Transfer::new_place(std::uint64_t address) {
    if (address < old_start_ + sizeof(sys::ArenaHeader)) return address_of(&now_) + (address - old_start_);
    const std::uint64_t state = address_of(before_.state);
    if (address >= state && address < state + old_schema().state_bytes) return place_in_state(address - state);
    Block *block = block_at(address);
    if (block == nullptr) return address;  // between blocks: a number, or left over from a block that is free now
    if (block->to == nullptr) TRY(copy(*block));
    return address_of(block->to) + (address - address_of(block->from));
}

Result<std::uint64_t> Transfer::place_in_state(std::size_t offset) const {
    const SchemaField *source = old_schema().at(offset);
    const SchemaField *target = source == nullptr ? nullptr : new_schema().find(source->name());
    if (target == nullptr || target->type != source->type) {
        sys::log("update: a carried field points to State.%s, which stays behind",
                 source == nullptr ? "(padding)" : source->name_text);
        return Error::not_supported;
    }
    return address_of(new_state()) + target->offset + (offset - source->offset);
}

// The end of a block belongs to it: containers keep pointers one beyond their last element.
Transfer::Block *Transfer::block_at(std::uint64_t address) {
    Block *above =
        std::upper_bound(blocks_.begin(), blocks_.end(), address,
                         [](std::uint64_t value, const Block &block) { return value < address_of(block.from); });
    if (above == blocks_.begin()) return nullptr;
    Block &block = above[-1];
    return address <= address_of(block.from) + block.bytes ? &block : nullptr;
}

Status Transfer::copy(Block &block) {
    TRY(copied_.push_back(static_cast<std::size_t>(&block - blocks_.begin())));
    block.to = static_cast<std::byte *>(TRY(now_.heap.allocate(block.bytes, alignment_of(block.from, block.bytes))));
    std::memcpy(block.to, block.from, block.bytes);
    return {};
}

}  // namespace axo::sef
