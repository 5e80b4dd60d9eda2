// The vector of a block transfer: fetched from its sender, checked, cut at the end of the device.
#pragma once

#include <array>
#include <span>

#include "axo/device_protocol.hpp"

namespace axo::driver {

class TransferVector {
public:
    static constexpr std::uint32_t max_elements = 64;

    /// Cuts the elements so that the range [offset, offset + bytes()) ends with the device at the latest.
    /// Errors: invalid (count), those of the copy.
    static Result<TransferVector> fetch(Endpoint sender, const device::Transfer &request, std::uint64_t device_bytes);

    /// The part of fetch() without the copy, for elements that are already here.
    void cut(std::uint64_t offset, std::uint64_t device_bytes);

    std::span<const device::TransferElement> elements() const { return std::span(elements_).first(count_); }
    std::uint64_t bytes() const { return bytes_; }

    /// Moves between the elements' buffers and `memory`, where bytes() bytes are. Errors: those of vsafe_copy.
    enum class Direction { to_client, from_client };
    Status copy(Endpoint sender, std::byte *memory, Direction direction) const;

    TransferVector() = default;
    explicit TransferVector(std::span<const device::TransferElement> elements);

private:
    std::array<device::TransferElement, max_elements> elements_;
    std::uint32_t count_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace axo::driver
