// See name_cache.hpp.
#include "servers/vfs/cache/name_cache.hpp"

#include <cstring>

#include "servers/vfs/file/vnode.hpp"

namespace axo::vfs {
namespace {

std::uint32_t hash_of(const Vnode &directory, std::string_view name) {
    auto hash = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&directory) >> 4);
    for (const char character : name) hash = (hash ^ static_cast<unsigned char>(character)) * 0x0100'0193u;  // FNV-1a
    return hash ^ hash >> 15;
}

}  // namespace

Name *NameCache::entry(const Vnode &directory, std::string_view name, std::uint32_t hash) {
    for (Name &known : buckets_[hash % bucket_count]) {
        if (known.hash == hash && known.directory == &directory && known.view() == name) return &known;
    }
    return nullptr;
}

Vnode *NameCache::find(const Vnode &directory, std::string_view name) {
    const Name *known = entry(directory, name, hash_of(directory, name));
    return known != nullptr ? known->child : nullptr;
}

void NameCache::add(Vnode &directory, std::string_view name, Vnode &child) {
    if (name.empty() || name.size() > Name::longest || name == "." || name == "..") return;
    remove(directory, name);
    Name &made = names_[oldest_];
    oldest_ = (oldest_ + 1) % capacity;
    clear(made);
    made.hash = hash_of(directory, name);
    made.directory = &directory;
    made.child = &child;
    made.bytes = static_cast<std::uint8_t>(name.size());
    std::memcpy(made.text, name.data(), name.size());
    buckets_[made.hash % bucket_count].push_front(made);
    directory.names_inside.push_back(made);
    child.names.push_back(made);
}

void NameCache::remove(const Vnode &directory, std::string_view name) {
    if (Name *known = entry(directory, name, hash_of(directory, name))) clear(*known);
}

void NameCache::forget(Vnode &vnode) {
    while (Name *name = vnode.names_inside.front()) clear(*name);
    while (Name *name = vnode.names.front()) clear(*name);
}

void NameCache::clear(Name &name) {
    name.bucket_node.unlink();
    name.directory_node.unlink();
    name.child_node.unlink();
    name.directory = name.child = nullptr;
}

}  // namespace axo::vfs
