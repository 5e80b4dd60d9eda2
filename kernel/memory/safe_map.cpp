// The table of safe maps. It is searched in full: mappings are made and ended seldom.
#include "kernel/memory/safe_map.hpp"

#include "kernel/kernel.hpp"

namespace axo::kernel {
namespace {

bool needed(const SafeMap &map, Endpoint granter, GrantId grant) {
    for (unsigned i = 0; i < map.chain.count; ++i)
        if (map.chain.links[i].granter == granter && map.chain.links[i].grant == grant) return true;
    return false;
}

/// Without the grants of `dead`.
void shorten(GrantChain &chain, Endpoint dead) {
    unsigned left = 0;
    for (unsigned i = 0; i < chain.count; ++i)
        if (chain.links[i].granter != dead) chain.links[left++] = chain.links[i];
    chain.count = left;
}

template <typename Predicate>
SafeMap *find(Predicate matches) {
    for (SafeMap &map : the_kernel.safe_maps.maps)
        if (matches(map)) return &map;
    return nullptr;
}

}  // namespace

SafeMap *reserve_safe_map(Endpoint grantee) {
    const auto left_over = [&](const SafeMap &map) {
        return map.state == SafeMapState::asked && map.grantee == grantee;
    };
    if (SafeMap *map = find(left_over); map != nullptr) return map;
    return find([](const SafeMap &map) { return map.state == SafeMapState::free; });
}

bool confirm_safe_map(Endpoint grantee) {
    SafeMap *map = find([&](const SafeMap &one) { return one.state == SafeMapState::asked && one.grantee == grantee; });
    if (map != nullptr) map->state = SafeMapState::mapped;
    return map != nullptr;
}

SafeMap *find_safe_map(Endpoint granter, GrantId grant) {
    return find([&](const SafeMap &map) { return map.state != SafeMapState::free && needed(map, granter, grant); });
}

SafeMap *find_safe_map(Endpoint grantee, VirtAddr address) {
    return find([&](const SafeMap &map) {
        return map.state == SafeMapState::mapped && map.grantee == grantee && map.address == address;
    });
}

void forget_safe_maps(Endpoint process) {
    for (SafeMap &map : the_kernel.safe_maps.maps) {
        if (map.state == SafeMapState::free) continue;
        shorten(map.chain, process);
        if (map.grantee == process || map.chain.count == 0) map = SafeMap{};
    }
}

unsigned safe_maps_in_use() {
    unsigned count = 0;
    for (const SafeMap &map : the_kernel.safe_maps.maps) count += map.state == SafeMapState::mapped ? 1u : 0u;
    return count;
}

}  // namespace axo::kernel
