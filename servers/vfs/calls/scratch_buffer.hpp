// Memory of one coroutine, outside the state.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "lib/base/heap.hpp"

namespace axo::vfs {

class ScratchBuffer {
public:
    explicit ScratchBuffer(std::size_t bytes) : bytes_(bytes) {
        if (const Result<void *> memory = scratch_heap().allocate(bytes)) data_ = static_cast<std::byte *>(*memory);
    }
    ScratchBuffer(const ScratchBuffer &) = delete;
    ScratchBuffer &operator=(const ScratchBuffer &) = delete;
    ~ScratchBuffer() { scratch_heap().free(data_); }

    /// False: there was no memory.
    explicit operator bool() const { return data_ != nullptr; }
    std::byte *data() { return data_; }
    std::size_t size() const { return bytes_; }
    std::span<std::byte> bytes() { return {data_, bytes_}; }
    std::span<char> text() { return {reinterpret_cast<char *>(data_), bytes_}; }
    std::string_view view() const { return {reinterpret_cast<const char *>(data_), bytes_}; }

private:
    std::byte *data_ = nullptr;
    std::size_t bytes_;
};

}  // namespace axo::vfs
