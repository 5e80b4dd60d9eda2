// Writing and reading the log ring.
#include "kernel/text/log_ring.hpp"

namespace axo::kernel {

void LogRing::write(const char *text, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) text_[(end_ + i) % size] = text[i];
    end_ += bytes;
}

LogRing::Read LogRing::read(std::uint64_t position, std::span<char> out) const {
    const std::uint64_t oldest = end_ > size ? end_ - size : 0;
    if (position < oldest) position = oldest;
    if (position > end_) position = end_;
    std::size_t bytes = 0;
    for (; bytes < out.size() && position + bytes < end_; ++bytes) out[bytes] = text_[(position + bytes) % size];
    return {bytes, position + bytes};
}

}  // namespace axo::kernel
