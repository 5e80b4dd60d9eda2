// Memory that somebody else writes or reads meanwhile: a peer, a device, a program, the kernel. Each access is one load
// or store that the compiler neither repeats, splits nor leaves out, so that what was checked is what is used: copy
// first, then check the copy.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "axo/error.hpp"

namespace axo {

template <typename T>
concept Shareable = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T> &&
                    (std::has_single_bit(sizeof(T)) && sizeof(T) <= 8) &&
                    std::alignment_of_v<T> == sizeof(T);

/// One word of such memory. It cannot be copied by accident: load() says where the value is taken.
template <Shareable T>
class Shared {
public:
    Shared() = default;
    Shared(const Shared &) = delete;
    Shared &operator=(const Shared &) = delete;

    T load() const { return *static_cast<const volatile T *>(&value_); }
    void store(T value) { *static_cast<volatile T *>(&value_) = value; }

    /// What the writer stored before its release() is seen by loads after this.
    T acquire() const {
        const T value = load();
        std::atomic_thread_fence(std::memory_order_acquire);
        return value;
    }
    /// What was stored before is seen by whoever acquires this value.
    void release(T value) {
        std::atomic_thread_fence(std::memory_order_release);
        store(value);
    }

private:
    T value_;
};
static_assert(sizeof(Shared<std::uint64_t>) == sizeof(std::uint64_t) &&
              std::is_standard_layout_v<Shared<std::uint8_t>>);

/// A piece of such memory, with its bounds: offsets and lengths may come from whoever else writes there.
class SharedBytes {
public:
    constexpr SharedBytes() = default;
    constexpr SharedBytes(void *start, std::size_t bytes) : start_(static_cast<std::byte *>(start)), bytes_(bytes) {}

    constexpr std::size_t size() const { return bytes_; }

    /// Bytes as they are at this moment, each read once; what the copy says is then the reader's own.
    /// Errors: invalid (out of bounds).
    Status copy_out(std::uint64_t offset, std::span<std::byte> to) const {
        if (!holds(offset, to.size())) return Error::invalid;
        const auto *from = reinterpret_cast<const Shared<std::uint8_t> *>(start_ + offset);
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::byte>(from[i].load());
        return {};
    }

    /// Errors: invalid (out of bounds).
    Status copy_in(std::uint64_t offset, std::span<const std::byte> from) const {
        if (!holds(offset, from.size())) return Error::invalid;
        auto *to = reinterpret_cast<Shared<std::uint8_t> *>(start_ + offset);
        for (std::size_t i = 0; i < from.size(); ++i) to[i].store(std::to_integer<std::uint8_t>(from[i]));
        return {};
    }

    /// The word, or the structure of words, that lies there. Errors: invalid (out of bounds, not aligned).
    template <typename Layout>
    Result<Layout *> at(std::uint64_t offset) const {
        static_assert(std::is_standard_layout_v<Layout>);
        if (!holds(offset, sizeof(Layout)) || offset % alignof(Layout) != 0) return Error::invalid;
        return reinterpret_cast<Layout *>(start_ + offset);
    }

private:
    constexpr bool holds(std::uint64_t offset, std::uint64_t bytes) const {
        return offset <= bytes_ && bytes <= bytes_ - offset;
    }

    std::byte *start_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace axo
