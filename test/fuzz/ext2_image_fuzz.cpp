// sources: test/host/fs/host_fs.cpp lib/base/heap.cpp servers/ext2/allocator.cpp servers/ext2/block_cache.cpp
// sources: servers/ext2/block_map.cpp servers/ext2/directory.cpp servers/ext2/fs_attributes.cpp
// sources: servers/ext2/fs_create.cpp servers/ext2/fs_data.cpp servers/ext2/fs_lookup.cpp servers/ext2/fs_remove.cpp
// sources: servers/ext2/fs_rename.cpp servers/ext2/geometry.cpp servers/ext2/inode_table.cpp
// sources: servers/ext2/transaction.cpp servers/ext2/volume.cpp lib/fs/content_cache.cpp lib/fs/file_pages.cpp
// sources: lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp
// An ext2 image damaged anywhere is mounted and everything is done to it: whatever happens must be an
// answer. The input is a list of patches (u32 offset, u8 value) on a small valid image.
#include "test/fuzz/fuzz.hpp"
#include "test/host/fs/ext2_exercise.hpp"

namespace {

constexpr std::size_t most_patches = 200;

fuzz::Bytes patches(std::initializer_list<std::pair<std::uint32_t, std::uint8_t>> list) {
    fuzz::Bytes bytes;
    for (const auto &[offset, value] : list) {
        fuzz::append(bytes, offset);
        fuzz::append(bytes, value);
    }
    return bytes;
}

}  // namespace

std::uint64_t fuzz::usual_inputs() { return 200; }

std::vector<fuzz::Bytes> fuzz::seeds() {
    // Super block counts, first group descriptor, bitmaps, inode table.
    return {patches({{1024 + 40, 1}}), patches({{2048, 7}, {2056, 9}}), patches({{5000, 0xff}, {9000, 0xff}}),
            patches({{10000, 0}, {10040, 1}, {10044, 2}})};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const std::vector<std::byte> base = axo::host::image_to_damage("-b 1024 -N 64");
    fuzz::require(!base.empty(), "mke2fs made an image");
    fuzz::Input input(data, size);
    std::vector<std::byte> image = base;
    for (std::size_t i = 0; i < most_patches && !input.empty(); ++i) {
        const auto offset = input.take<std::uint32_t>();
        image[offset % image.size()] = static_cast<std::byte>(input.take<std::uint8_t>());
    }
    axo::host::exercise(image);
    return 0;
}
