// Where a read or write call has its bytes in user memory: one buffer, or an iovec. It lies in the call, so that
// whoever works on the call finds it there and nothing is moved about; each time the call is issued it is set anew.
#pragma once

#include <array>
#include <span>

#include "axo/layout.hpp"
#include "lib/base/vector.hpp"
#include "lib/sys/kernel.hpp"
#include "servers/vfs/calls/linux_abi.hpp"

namespace axo::vfs {

struct Call;

enum class Direction : std::uint32_t { read, write };

/// How the memory of a user's buffer is touched.
inline sys::RangeAccess access_for(Direction direction) {
    return direction == Direction::read ? sys::RangeAccess::write : sys::RangeAccess::read;
}

class IoList {
public:
    /// One buffer, cut to what one call may move. Errors: fault (beyond what a user can have).
    Status set(VirtAddr address, std::uint64_t bytes) {
        if (address.value > layout::user_end || bytes > layout::user_end - address.value) return Error::fault;
        count_ = 1;
        total_ = bytes < abi::io_bytes_max ? bytes : abi::io_bytes_max;
        few_[0] = {address.value, total_};
        return {};
    }
    /// Copies an iovec in. Errors: invalid (count, total length), fault, absent, no_memory.
    Status set_from_user(Call &call, VirtAddr vectors, std::uint64_t count);
    /// Gives back what a long iovec took.
    void clear() {
        if (more_.capacity() != 0) [[unlikely]]
            more_ = Vector<abi::IoVector>();
    }

    std::span<const abi::IoVector> parts() const {
        return count_ <= few ? std::span<const abi::IoVector>(few_.data(), count_) : more_.span();
    }
    std::uint64_t total() const { return total_; }

    /// Makes the first `bytes` of the list ready to be granted. Errors: fault, absent.
    Status prepare(Call &call, std::uint64_t bytes, sys::RangeAccess access) const;

private:
    static constexpr std::size_t few = 4;
    std::span<abi::IoVector> all() { return count_ <= few ? std::span(few_.data(), count_) : more_.span(); }

    std::array<abi::IoVector, few> few_{};  // all of them, when there are no more
    std::size_t count_ = 0;
    Vector<abi::IoVector> more_;  // all of them, when there are more
    std::uint64_t total_ = 0;
};

}  // namespace axo::vfs
