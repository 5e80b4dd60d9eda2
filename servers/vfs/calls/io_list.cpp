// See io_list.hpp.
#include "servers/vfs/calls/io_list.hpp"

#include "axo/layout.hpp"
#include "servers/vfs/calls/user_memory.hpp"

namespace axo::vfs {

Status IoList::count_total() {
    total_ = 0;
    for (abi::IoVector &part : more_.empty() ? std::span(few_.data(), count_) : more_.span()) {
        if (static_cast<std::int64_t>(part.bytes) < 0) return Error::invalid;
        if (part.bytes > abi::io_bytes_max - total_) part.bytes = abi::io_bytes_max - total_;
        total_ += part.bytes;
    }
    return {};
}

Result<IoList> IoList::from_user(Call &call, VirtAddr vectors, std::uint64_t count) {
    if (count > abi::io_vectors_max) return Error::invalid;
    IoList list;
    list.count_ = count;
    abi::IoVector *target = list.few_.data();
    if (count > few) {
        TRY(list.more_.resize(count));
        target = list.more_.data();
    }
    TRY(copy_in(call, vectors, target, count * sizeof(abi::IoVector)));
    TRY(list.count_total());
    return list;
}

Status IoList::prepare(Call &call, std::uint64_t bytes, sys::RangeAccess access) const {
    for (const abi::IoVector &part : parts()) {
        const std::uint64_t wanted = part.bytes < bytes ? part.bytes : bytes;
        TRY(prepare_buffer(call, VirtAddr{part.address}, wanted, access));
        bytes -= wanted;
    }
    return {};
}

}  // namespace axo::vfs
