// A RAM disk: memory that VM mapped for us, and the bounds of what of it is the disk.
#pragma once

#include <cstddef>
#include <cstdint>

#include "axo/types.hpp"
#include "lib/driver/transfer.hpp"
#include "lib/sys/region.hpp"

namespace axo::memory {

struct RamDisk {
    sys::Region memory;
    std::uint64_t bytes = 0;  // 0: there is no such disk

    bool exists() const { return bytes != 0; }

    /// Bytes moved; 0 at and after the end. Errors: invalid (vector), those of the copies.
    Result<std::uint64_t> transfer(Endpoint client, const device::Transfer &request) const {
        const auto vector = driver::TransferVector::fetch(client, request, bytes);
        if (!vector) return vector.error();
        std::byte *const place = memory.at(request.offset);
        const auto direction = request.write != 0 ? driver::TransferVector::Direction::from_client
                                                  : driver::TransferVector::Direction::to_client;
        if (vector->bytes() > 0) TRY(vector->copy(client, place, direction));
        return vector->bytes();
    }
};

}  // namespace axo::memory
