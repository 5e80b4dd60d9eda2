// Names: made, linked, removed, renamed.
#include <cstring>

#include "servers/tmpfs/file_system.hpp"

namespace axo::tmpfs {

Result<Node *> FileSystem::make_named(Node &directory, std::string_view name, std::uint32_t mode, std::uint32_t uid,
                                      std::uint32_t gid) {
    if (name == "." || name == ".." || tree_.find(directory, name) != nullptr) return Error::exists;
    const bool inherit = (directory.mode & fs::mode::set_gid) != 0;
    if (inherit && fs::mode::is_directory(mode)) mode |= fs::mode::set_gid;
    Node *const node = TRY(tree_.make_node(mode, uid, inherit ? directory.gid : gid));
    const Status added = tree_.add(directory, name, *node);
    if (!added) {
        tree_.free_if_unused(*node);
        return added.error();
    }
    node->links = 1;
    changed(directory);
    return node;
}

Result<fs::NodeInfo> FileSystem::run(const Memory &memory, const fs::Create &request) {
    const std::uint32_t type = request.mode & fs::mode::type_mask;
    const std::uint32_t mode = type != 0 ? request.mode : request.mode | fs::mode::regular;
    const bool special = fs::mode::is_device(mode) || type == fs::mode::fifo || type == fs::mode::socket;
    if (!special && !fs::mode::is_regular(mode)) return Error::invalid;
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Node *const directory = TRY(live_directory(request.directory));
    Node *const node = TRY(make_named(*directory, name, mode, request.uid, request.gid));
    if (fs::mode::is_device(mode)) node->device = request.device;
    tree_.hold(*node);
    return node_info(*node);
}

Result<fs::NodeInfo> FileSystem::run(const Memory &memory, const fs::MakeDirectory &request) {
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Node *const directory = TRY(live_directory(request.directory));
    if (directory->links >= link_max) return Error::too_many_links;
    const std::uint32_t mode = (request.mode & fs::mode::permissions) | fs::mode::directory;
    Node *const node = TRY(make_named(*directory, name, mode, request.uid, request.gid));
    node->links = 2;
    node->parent = directory;
    ++directory->links;
    tree_.hold(*node);
    return node_info(*node);
}

Result<Nothing> FileSystem::run(const Memory &memory, const fs::MakeSymbolicLink &request) {
    if (request.target_bytes == 0) return Error::no_entry;
    if (request.target_bytes >= page_size) return Error::name_too_long;
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Node *const directory = TRY(live_directory(request.directory));
    const auto target = tree_.heap().allocate(request.target_bytes);
    if (!target) return Error::no_space;
    const Status copied = memory.copy_in(request.target, 0, *target, request.target_bytes);
    auto node = copied ? make_named(*directory, name, fs::mode::symlink | 0777, request.uid, request.gid)
                       : Result<Node *>(copied.error());
    if (!node) {
        tree_.heap().free(*target);
        return node.error();
    }
    (*node)->target = static_cast<char *>(*target);
    (*node)->size = request.target_bytes;
    return Nothing{};
}

Result<fs::ReadLink::Reply> FileSystem::run(const Memory &memory, const fs::ReadLink &request) {
    Node *const node = TRY(tree_.held(request.inode));
    if (!node->is_symlink()) return Error::invalid;
    const std::uint64_t bytes = node->size < request.bytes ? node->size : request.bytes;
    if (bytes != 0) TRY(memory.copy_out(request.buffer, 0, node->target, bytes));
    return fs::ReadLink::Reply{bytes};
}

Result<Nothing> FileSystem::run(const Memory &memory, const fs::Link &request) {
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    Node *const directory = TRY(live_directory(request.directory));
    Node *const node = TRY(tree_.held(request.inode));
    if (node->is_directory()) return Error::not_permitted;
    if (node->links == 0) return Error::no_entry;
    if (node->links >= link_max) return Error::too_many_links;
    if (name == "." || name == ".." || tree_.find(*directory, name) != nullptr) return Error::exists;
    TRY(tree_.add(*directory, name, *node));
    ++node->links;
    node->change = tree_.now();
    changed(*directory);
    return Nothing{};
}

/// The name goes, and the node when nothing else keeps it. All checks were made.
void FileSystem::unlink(Entry &entry) {
    Node &node = *entry.node;
    Node &directory = *entry.directory;
    tree_.remove(entry);
    changed(directory);
    node.change = tree_.now();
    if (node.is_directory()) {
        --directory.links;
        node.links = 0;
        node.parent = nullptr;
    } else {
        --node.links;
    }
    tree_.free_if_unused(node);
}

Result<fs::Unlink::Reply> FileSystem::run(const Memory &memory, const fs::Unlink &request) {
    const std::string_view name = TRY(name_from(memory, request.name, request.name_bytes));
    if (name == ".") return Error::invalid;
    if (name == "..") return request.directory_only != 0 ? Error::not_empty : Error::is_directory;
    Node *const directory = TRY(live_directory(request.directory));
    Entry *const entry = tree_.find(*directory, name);
    if (entry == nullptr) return Error::no_entry;
    const Node &node = *entry->node;
    if (fs::sticky_forbids(request.sticky_uid, directory->mode, directory->uid, node.uid)) return Error::not_permitted;
    if (request.directory_only == 0 && node.is_directory()) return Error::is_directory;
    if (node.mount_point) return Error::busy;
    if (request.directory_only != 0) {
        if (!node.is_directory()) return Error::not_directory;
        if (node.first != nullptr) return Error::not_empty;
    }
    const fs::Unlink::Reply reply{node.number, node.is_directory() ? 0 : node.links - 1};
    unlink(*entry);
    return reply;
}

Status FileSystem::check_rename(const Node &from, const Node &to, const Entry &source, const Entry *target,
                                const fs::Rename &request) const {
    const auto sticky = [&](const Node &directory, const Node &file) {
        return fs::sticky_forbids(request.sticky_uid, directory.mode, directory.uid, file.uid);
    };
    const Node &moved = *source.node;
    if (sticky(from, moved)) return Error::not_permitted;
    if (moved.mount_point) return Error::busy;
    if (moved.is_directory()) {
        for (const Node *at = &to; at != nullptr && at != tree_.root(); at = at->parent)
            if (at == &moved) return Error::invalid;
        if (target != nullptr && !target->node->is_directory()) return Error::not_directory;
        if (target == nullptr && &from != &to && to.links >= link_max) return Error::too_many_links;
    }
    if (target == nullptr) return {};
    if (request.no_replace != 0) return Error::exists;
    if (sticky(to, *target->node)) return Error::not_permitted;
    if (!target->node->is_directory()) return target->node->mount_point ? Status{Error::busy} : Status{};
    if (!moved.is_directory()) return Error::is_directory;
    if (target->node->mount_point) return Error::busy;
    if (target->node->first != nullptr) return Error::not_empty;
    return {};
}

Result<fs::Rename::Reply> FileSystem::run(const Memory &memory, const fs::Rename &request) {
    const std::string_view old_name = TRY(name_from(memory, request.old_name, request.old_name_bytes));
    const std::string_view new_name = TRY(name_from(memory, request.new_name, request.new_name_bytes, 512));
    if (old_name == "." || old_name == ".." || new_name == "." || new_name == "..") return Error::busy;
    Node *const from = TRY(live_directory(request.old_directory));
    Node *const to = TRY(live_directory(request.new_directory));
    Entry *const source = tree_.find(*from, old_name);
    if (source == nullptr) return Error::no_entry;
    Entry *const target = tree_.find(*to, new_name);
    if (target != nullptr && target->node == source->node) {
        if (request.no_replace != 0) return Error::exists;
        return fs::Rename::Reply{0};
    }
    TRY(check_rename(*from, *to, *source, target, request));

    Node &moved = *source->node;
    const std::uint64_t replaced = target != nullptr ? target->node->number : 0;
    TRY(tree_.add(*to, new_name, moved));
    if (target != nullptr) unlink(*target);
    tree_.remove(*source);
    if (moved.is_directory()) {
        --from->links;
        ++to->links;
        moved.parent = to;
    }
    moved.change = tree_.now();
    changed(*from);
    changed(*to);
    return fs::Rename::Reply{replaced};
}

}  // namespace axo::tmpfs
