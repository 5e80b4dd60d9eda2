// New names: files, devices, directories, symbolic links, hard links.
#include "servers/ext2/allocator.hpp"
#include "servers/ext2/block_map.hpp"
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/times.hpp"

namespace axo::ext2 {

namespace {

unsigned bytes_for(std::string_view name) { return entry_bytes(static_cast<unsigned>(name.size())); }

/// The search for a name that must not be there yet, and for its place.
Status find_free_name(Volume &volume, Inode &directory, std::string_view name, directory::Search &search) {
    TRY(directory::find(volume, directory, name, bytes_for(name), search));
    if (search.inode != 0) return Error::exists;
    return {};
}

}  // namespace

/// An inode with owner, mode and times, and without a name yet. A set-group-ID directory hands
/// its group down, and to directories the bit as well.
Result<Inode *> FileSystem::make_node(Inode &directory, std::string_view name, const NewNode &node,
                                      Progress &progress) {
    TRY(find_free_name(volume_, directory, name, progress.search));
    const bool inherit = (directory.mode() & fs::mode::set_gid) != 0;
    const std::uint32_t inherited_bit = inherit && fs::mode::is_directory(node.mode) ? fs::mode::set_gid : 0;
    Inode *const inode = TRY(allocator::allocate_inode(volume_, transaction(), directory, node.mode | inherited_bit));
    inode->set_uid(node.uid);
    inode->set_gid(inherit ? directory.gid() : node.gid);
    set_times(volume_.geometry(), inode->disk, access_time | modify_time | change_time, volume_.now());
    inode->disk.create_time = inode->disk.change_time;
    inode->disk.create_extra = inode->disk.change_extra;
    return inode;
}

/// The name itself; the caller sees to link counts.
Status FileSystem::link_name(Inode &directory, std::string_view name, Inode &target, const directory::Search &search) {
    TRY(directory::insert(volume_, transaction(), directory, name, target, search));
    return touch(directory, modify_time | change_time);
}

Result<fs::NodeInfo> FileSystem::attempt(const Memory &memory, const fs::Create &request, Progress &progress) {
    const std::uint32_t mode =
        (request.mode & fs::mode::type_mask) != 0 ? request.mode : request.mode | fs::mode::regular;
    if (entry_type(mode) == EntryType::unknown) return Error::invalid;
    if (fs::mode::is_directory(mode) || fs::mode::is_symlink(mode)) return Error::invalid;
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Inode *const directory = TRY(live_directory(request.directory));
    Inode *const inode = TRY(make_node(*directory, name, {mode, request.uid, request.gid}, progress));
    if (fs::mode::is_device(mode)) inode->disk.block[request.device < 0x10000 ? 0 : 1] = request.device;
    inode->disk.links = 1;
    TRY(link_name(*directory, name, *inode, progress.search));
    volume_.hold(*inode);
    return node_info(*inode);
}

Result<fs::NodeInfo> FileSystem::attempt(const Memory &memory, const fs::MakeDirectory &request, Progress &progress) {
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Inode *const directory = TRY(live_directory(request.directory));
    if (directory->disk.links >= link_max) return Error::too_many_links;
    const std::uint32_t mode = (request.mode & fs::mode::permissions) | fs::mode::directory;
    Inode *const inode = TRY(make_node(*directory, name, {mode, request.uid, request.gid}, progress));
    TRY(directory::make_first_block(volume_, transaction(), *inode, directory->number));
    inode->disk.links = 2;
    TRY(link_name(*directory, name, *inode, progress.search));
    ++directory->disk.links;
    volume_.hold(*inode);
    return node_info(*inode);
}

Result<Nothing> FileSystem::attempt(const Memory &memory, const fs::MakeSymbolicLink &request, Progress &progress) {
    constexpr std::size_t target_at = 1024;  // in the staging buffer, behind the name
    if (request.target_bytes == 0) return Error::no_entry;
    if (request.target_bytes >= volume_.geometry().block_size) return Error::name_too_long;
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    std::byte *const target = staging_.data() + target_at;
    TRY(memory.copy_in(request.target, 0, target, request.target_bytes));
    Inode *const directory = TRY(live_directory(request.directory));
    constexpr std::uint32_t mode = fs::mode::symlink | 0777;
    Inode *const inode = TRY(make_node(*directory, name, {mode, request.uid, request.gid}, progress));
    inode->disk.links = 1;
    inode->set_size(request.target_bytes);
    if (request.target_bytes < sizeof inode->disk.block) {
        std::memcpy(inode->disk.block, target, request.target_bytes);
    } else {
        const auto placed = TRY(block_map::place(volume_, transaction(), *inode, 0));
        Buffer *const buffer = TRY(transaction().fresh(placed.block));
        std::memcpy(volume_.data(*buffer), target, request.target_bytes);
    }
    TRY(link_name(*directory, name, *inode, progress.search));
    return Nothing{};
}

Result<fs::ReadLink::Reply> FileSystem::attempt(const Memory &memory, const fs::ReadLink &request, Progress &) {
    Inode *const inode = TRY(volume_.held(request.inode));
    if (!inode->is_symlink()) return Error::invalid;
    const std::uint64_t bytes = inode->size() < request.bytes ? inode->size() : request.bytes;
    const std::byte *from = reinterpret_cast<const std::byte *>(inode->disk.block);
    std::uint64_t room = sizeof inode->disk.block;
    if (!inode->is_fast_symlink(volume_.geometry().block_size)) {
        const std::uint32_t block = TRY(block_map::find(volume_, *inode, 0));
        if (block == 0) return Error::io;
        Buffer *const buffer = TRY(volume_.cache().read(block));
        from = volume_.data(*buffer);
        room = volume_.geometry().block_size;
    }
    if (bytes > room) return Error::io;
    if (bytes != 0) TRY(memory.copy_out(request.buffer, 0, from, bytes));
    return fs::ReadLink::Reply{bytes};
}

Result<Nothing> FileSystem::attempt(const Memory &memory, const fs::Link &request, Progress &progress) {
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Inode *const directory = TRY(live_directory(request.directory));
    Inode *const inode = TRY(volume_.held(request.inode));
    if (inode->is_directory()) return Error::not_permitted;
    if (inode->disk.links == 0) return Error::no_entry;
    if (inode->disk.links >= link_max) return Error::too_many_links;
    TRY(find_free_name(volume_, *directory, name, progress.search));
    TRY(touch(*inode, change_time));
    ++inode->disk.links;
    TRY(link_name(*directory, name, *inode, progress.search));
    return Nothing{};
}

}  // namespace axo::ext2
