// Where a read or write call finds its bytes in user memory: one buffer, or an iovec.
#pragma once

#include <array>
#include <span>

#include "lib/base/vector.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vfs/calls/linux_abi.hpp"
#include "servers/vfs/process/call.hpp"

namespace axo::vfs {

class IoList {
public:
    IoList() = default;
    IoList(VirtAddr address, std::uint64_t bytes);

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

    std::array<abi::IoVector, few> few_{};
    std::size_t count_ = 0;
    Vector<abi::IoVector> more_;  // all of them, when more than `few`
    std::uint64_t total_ = 0;
};

}  // namespace axo::vfs
