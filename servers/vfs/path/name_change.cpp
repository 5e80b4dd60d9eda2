// See name_change.hpp.
#include "servers/vfs/path/name_change.hpp"

namespace axo::vfs {

sef::Async<Result<Place>> place_for_change(Vfs &vfs, Ref<Call> call, std::uint64_t start, VirtAddr address,
                                           PathText *path) {
    auto begun = begin_path(*call, start, address, *path);
    if (!begun) co_return begun.error();
    auto walking = walk_parent(vfs, call, std::move(*begun), path);
    co_return co_await walking;
}

Status must_be_a_name(const Place &place, Error otherwise) {
    if (place.name.empty() || is_dot(place.name) || is_dot_dot(place.name)) return otherwise;
    return {};
}

Status may_change(const Call &call, const Path &directory) {
    if (!directory.mount) return Error::not_directory;
    if (directory.mount->read_only()) return Error::read_only;
    if (!permits(call.credentials(), directory->ownership(), want::write | want::execute)) return Error::access;
    return {};
}

std::uint32_t sticky_uid(const Call &call, const Vnode &directory) {
    static constexpr std::uint32_t no_check = ~0u;
    if ((directory.mode & abi::sticky) == 0 || call.credentials().is_root()) return no_check;
    return call.credentials().uid == directory.uid ? no_check : call.credentials().uid;
}

}  // namespace axo::vfs
