// The memory of the file trees in vfs_machine.hpp: what VFS granted them, and their pages.
#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {

static Result<std::span<std::byte>> granted_part(GrantId grant, std::size_t offset, std::size_t bytes) {
    const auto all = System::current().granted(grant, working_file_system);
    if (offset > all.size() || bytes > all.size() - offset) return Error::not_permitted;
    return all.subspan(offset, bytes);
}

}  // namespace axo::fake

namespace axo::fs {

Status ClientMemory::copy_in(GrantId grant, std::size_t offset, void *to, std::size_t bytes) const {
    if (bytes != 0) std::memcpy(to, TRY(fake::granted_part(grant, offset, bytes)).data(), bytes);
    return {};
}
Status ClientMemory::copy_out(GrantId grant, std::size_t offset, const void *from, std::size_t bytes) const {
    if (bytes != 0) std::memcpy(TRY(fake::granted_part(grant, offset, bytes)).data(), from, bytes);
    return {};
}
Status ClientMemory::gather(GrantId grant, std::size_t offset, std::span<const Segment> to) const {
    for (const Segment &segment : to) {
        TRY(copy_in(grant, offset, segment.address, segment.bytes));
        offset += segment.bytes;
    }
    return {};
}
Status ClientMemory::scatter(GrantId grant, std::size_t offset, std::span<const Segment> from) const {
    for (const Segment &segment : from) {
        TRY(copy_out(grant, offset, segment.address, segment.bytes));
        offset += segment.bytes;
    }
    return {};
}

}  // namespace axo::fs
