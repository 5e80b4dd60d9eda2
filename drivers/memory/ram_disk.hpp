// A RAM disk: memory that VM mapped for us, and the bounds of what of it is the disk.
#pragma once

#include <cstddef>
#include <cstdint>

#include "axo/types.hpp"
#include "lib/driver/transfer.hpp"

namespace axo::memory {

struct RamDisk {
    VirtAddr start;        // of the mapping; 0: there is no such disk
    std::uint64_t handle;  // VM's name for it
    std::uint64_t bytes;

    bool exists() const { return bytes != 0; }

    /// Bytes moved; 0 at and after the end. Errors: invalid (vector), those of the copies.
    Result<std::uint64_t> transfer(Endpoint client, const device::Transfer &request) const {
        const auto vector = driver::TransferVector::fetch(client, request, bytes);
        if (!vector) return vector.error();
        auto *place = reinterpret_cast<std::byte *>(start.value + request.offset);
        const auto direction = request.write != 0 ? driver::TransferVector::Direction::from_client
                                                  : driver::TransferVector::Direction::to_client;
        if (vector->bytes() > 0) TRY(vector->copy(client, place, direction));
        return vector->bytes();
    }
};

}  // namespace axo::memory
