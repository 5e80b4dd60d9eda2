#include "lib/driver/transfer.hpp"

#include <algorithm>

#include "lib/sys/kernel.hpp"

namespace axo::driver {

TransferVector::TransferVector(std::span<const device::TransferElement> elements)
    : count_(static_cast<std::uint32_t>(elements.size())) {
    std::copy(elements.begin(), elements.end(), elements_.begin());
}

Result<TransferVector> TransferVector::fetch(Endpoint sender, const device::Transfer &request,
                                             std::uint64_t device_bytes) {
    if (request.count == 0 || request.count > max_elements) return Error::invalid;
    TransferVector vector;
    vector.count_ = request.count;
    TRY(sys::safe_copy_from(sender, request.vector, 0, vector.elements_.data(),
                            request.count * sizeof(device::TransferElement)));
    vector.cut(request.offset, device_bytes);
    return vector;
}

void TransferVector::cut(std::uint64_t offset, std::uint64_t device_bytes) {
    const std::uint64_t available = offset < device_bytes ? device_bytes - offset : 0;
    bytes_ = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
        const std::uint64_t left = available - bytes_;
        if (elements_[i].bytes >= left) {
            elements_[i].bytes = static_cast<std::uint32_t>(left);
            count_ = left == 0 ? i : i + 1;
        }
        if (i < count_) bytes_ += elements_[i].bytes;
    }
}

Status TransferVector::copy(Endpoint sender, std::byte *memory, Direction direction) const {
    std::array<VectorCopy, max_elements> copies;
    std::uint64_t done = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
        const bool to_client = direction == Direction::to_client;
        copies[i] = {
            .from = to_client ? endpoint::self : sender,
            .to = to_client ? sender : endpoint::self,
            .grant = elements_[i].buffer,
            .reserved = 0,
            .offset = 0,
            .address = {reinterpret_cast<std::uint64_t>(memory + done)},
            .bytes = elements_[i].bytes,
        };
        done += elements_[i].bytes;
    }
    if (count_ == 0) return {};
    return sys::vsafe_copy(std::span(copies).first(count_));
}

}  // namespace axo::driver
