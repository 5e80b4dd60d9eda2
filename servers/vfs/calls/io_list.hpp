// Where a read or write call finds its bytes in user memory: one buffer, or an iovec.
#pragma once

#include <array>
#include <span>

#include "lib/base/vector.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vfs/calls/linux_abi.hpp"
#include "servers/vfs/process/call.hpp"

namespace axo::vfs {

enum class Direction : std::uint32_t { read, write };

/// How the memory of a user's buffer is touched.
inline sys::RangeAccess access_for(Direction direction) {
    return direction == Direction::read ? sys::RangeAccess::write : sys::RangeAccess::read;
}

class IoList {
public:
    IoList() = default;
    IoList(VirtAddr address, std::uint64_t bytes)
        : count_(1), total_(bytes < abi::io_bytes_max ? bytes : abi::io_bytes_max) {
        few_[0] = {address.value, total_};
    }

    /// Copies an iovec in. Errors: invalid (count, total length), fault, absent, no_memory.
    static Result<IoList> from_user(Call &call, VirtAddr vectors, std::uint64_t count);

    std::span<const abi::IoVector> parts() const {
        return more_.empty() ? std::span<const abi::IoVector>(few_.data(), count_) : more_.span();
    }
    std::uint64_t total() const { return total_; }

    /// Makes the first `bytes` of the list ready to be granted. Errors: fault, absent.
    Status prepare(Call &call, std::uint64_t bytes, sys::RangeAccess access) const;

private:
    static constexpr std::size_t few = 4;
    Status count_total();

    std::array<abi::IoVector, few> few_;  // the first count_ of them
    std::size_t count_ = 0;
    Vector<abi::IoVector> more_;  // all of them, when more than `few`
    std::uint64_t total_ = 0;
};

}  // namespace axo::vfs
