// Packs linux_dirent64 records: u64 inode, i64 position after the entry, u16 record bytes, u8 type,
// name with NUL, padded to 8.
#pragma once

#include <cstring>
#include <span>
#include <string_view>

namespace axo::fs {

class DirentWriter {
public:
    explicit DirentWriter(std::span<std::byte> buffer) : buffer_(buffer) {}

    /// False: no room for the whole record; nothing was written.
    bool add(std::uint64_t inode, std::uint64_t next_position, std::uint8_t type, std::string_view name) {
        constexpr std::size_t header_bytes = 19;
        const std::size_t bytes = (header_bytes + name.size() + 1 + 7) & ~std::size_t{7};
        if (bytes > buffer_.size() - used_) return false;
        std::byte *const at = buffer_.data() + used_;
        const auto record_bytes = static_cast<std::uint16_t>(bytes);
        std::memset(at + bytes - 8, 0, 8);
        std::memcpy(at, &inode, 8);
        std::memcpy(at + 8, &next_position, 8);
        std::memcpy(at + 16, &record_bytes, 2);
        std::memcpy(at + 18, &type, 1);
        std::memcpy(at + header_bytes, name.data(), name.size());
        used_ += bytes;
        return true;
    }
    std::size_t used() const { return used_; }

private:
    std::span<std::byte> buffer_;
    std::size_t used_ = 0;
};

}  // namespace axo::fs
