// Mounting: tables, super block, group descriptors.
#include "servers/ext2/volume.hpp"

#include <algorithm>
#include <bit>

namespace axo::ext2 {

namespace {
constexpr std::size_t undo_records = 768;
constexpr std::size_t undo_bytes = 40 * 1024;
}  // namespace

Volume::Volume(Heap &heap)
    : heap_(heap),
      cache_(changes_),
      content_(heap, changes_),
      transaction_(cache_, content_),
      buffers_(heap),
      table_(heap),
      records_(heap),
      saved_(heap),
      descriptor_buffers_(heap),
      inode_table_(heap) {}

Volume::~Volume() { detach(); }

Status Volume::attach(const Geometry &geometry, const sys::Region &memory, std::size_t content_pages) {
    geometry_ = geometry;
    const std::size_t cache_blocks = memory.bytes() / geometry.block_size;
    TRY(buffers_.resize(cache_blocks));
    TRY(table_.resize(std::bit_ceil(cache_blocks)));
    TRY(records_.resize(undo_records));
    TRY(saved_.resize(undo_bytes));
    TRY(inode_table_.resize(inode_table_size));
    TRY(descriptor_buffers_.reserve(geometry.descriptor_blocks));
    TRY(content_.attach(content_pages, geometry.block_shift));
    cache_.attach(buffers_.span(), table_.span(), memory, geometry.block_size);
    transaction_.attach(records_.span(), saved_.span());
    return {};
}

Status Volume::load() {
    begin_attempt();
    super_buffer_ = TRY(cache_.read(geometry_.super_block()));
    for (std::uint32_t i = 0; i < geometry_.descriptor_blocks; ++i) {
        Buffer *const buffer =
            TRY(cache_.read(geometry_.first_descriptor_block() + i, geometry_.descriptor_blocks - i));
        cache_.pin(*buffer);
        if (i == descriptor_buffers_.size()) TRY(descriptor_buffers_.push_back(buffer));
    }
    cache_.pin(*super_buffer_);
    was_unclean_ = !marked_clean() || super().last_orphan != 0;
    TRY(check_groups());
    mounted_ = true;
    return {};
}

Status Volume::check_groups() const {
    const std::uint32_t table_blocks = geometry_.inode_table_blocks();
    for (std::uint32_t i = 0; i < geometry_.groups; ++i) {
        const GroupDescriptor &descriptor = group(i);
        if (!geometry_.holds(descriptor.block_bitmap) || !geometry_.holds(descriptor.inode_bitmap))
            return Error::invalid;
        if (!geometry_.holds(descriptor.inode_table)) return Error::invalid;
        if (geometry_.blocks - descriptor.inode_table < table_blocks) return Error::invalid;
    }
    return {};
}

void Volume::detach() {
    while (oldest_ != nullptr) remove(*oldest_);
    descriptor_buffers_.clear();
    buffers_.clear();
    content_.detach();
    super_buffer_ = nullptr;
    held_count_ = orphan_count_ = 0;
    mounted_ = false;
}

void Volume::begin_attempt() {
    ++epoch_;
    cache_.begin_epoch();
    content_.begin_epoch();
    transaction_.begin();
}

Result<SuperBlock *> Volume::change_super(Transaction &transaction) {
    // The counters that change all the time lie in the first 64 bytes; one line is saved for them.
    TRY(transaction.change(*super_buffer_, geometry_.super_offset(), 64));
    return &super_on(*super_buffer_);
}

const GroupDescriptor &Volume::group(std::uint32_t group) const {
    const std::uint32_t per_block = geometry_.block_size / sizeof(GroupDescriptor);
    const std::byte *const descriptors = data(*descriptor_buffers_[group / per_block]);
    return reinterpret_cast<const GroupDescriptor *>(descriptors)[group % per_block];
}

Result<GroupDescriptor *> Volume::change_group(Transaction &transaction, std::uint32_t group) {
    const std::uint32_t per_block = geometry_.block_size / sizeof(GroupDescriptor);
    Buffer &buffer = *descriptor_buffers_[group / per_block];
    const std::size_t offset = group % per_block * sizeof(GroupDescriptor);
    return reinterpret_cast<GroupDescriptor *>(TRY(transaction.change(buffer, offset, sizeof(GroupDescriptor))));
}

void Volume::set_state(unsigned state) {
    SuperBlock &super_block = super_on(*super_buffer_);
    super_block.state = static_cast<std::uint16_t>(state);
    super_block.write_time = static_cast<std::uint32_t>(now_.seconds);
    cache_.mark_dirty(*super_buffer_);
}

void Volume::mark_unclean() { set_state(super().state & ~unsigned{fs_state::valid}); }

void Volume::mark_clean() {
    set_state(super().state | fs_state::valid);
    super_on(*super_buffer_).last_orphan = 0;
}

}  // namespace axo::ext2
