// See io_list.hpp.
#include "servers/vfs/process/io_list.hpp"

#include "servers/vfs/calls/user_memory.hpp"

namespace axo::vfs {

Status IoList::set_from_user(Call &call, VirtAddr vectors, std::uint64_t count) {
    if (count > abi::io_vectors_max) return Error::invalid;
    if (count > few) TRY(more_.resize(count));
    count_ = count;
    total_ = 0;
    TRY(copy_in(call, vectors, all().data(), count * sizeof(abi::IoVector)));
    for (abi::IoVector &part : all()) {
        if (static_cast<std::int64_t>(part.bytes) < 0) return Error::invalid;
        if (part.bytes > abi::io_bytes_max - total_) part.bytes = abi::io_bytes_max - total_;
        total_ += part.bytes;
    }
    return {};
}

Status IoList::prepare(Call &call, std::uint64_t bytes, sys::RangeAccess access) const {
    if (count_ == 1) return prepare_buffer(call, VirtAddr{few_[0].address}, bytes, access);
    for (const abi::IoVector &part : parts()) {
        const std::uint64_t wanted = part.bytes < bytes ? part.bytes : bytes;
        TRY(prepare_buffer(call, VirtAddr{part.address}, wanted, access));
        bytes -= wanted;
    }
    return {};
}

}  // namespace axo::vfs
