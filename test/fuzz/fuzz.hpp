// What a fuzz target sees. A target defines LLVMFuzzerTestOneInput, as libFuzzer's do, and may define
// seeds(), inputs that are valid, from which the damaged ones are made. It complains with require().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace fuzz {

using Bytes = std::vector<std::uint8_t>;

/// Valid inputs to start from. Weak: a target without it starts from nothing.
std::vector<Bytes> seeds();

/// How many inputs a run without options makes; a target of slow ones names fewer. Weak.
std::uint64_t usual_inputs();

/// Ends the program with `what`, naming the input, unless `holds`.
void require(bool holds, const char *what);

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

template <typename T>
void append(Bytes &to, const T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto *start = reinterpret_cast<const std::uint8_t *>(&value);
    to.insert(to.end(), start, start + sizeof value);
}

/// Takes values off the front of an input; zeros when it has ended.
class Input {
public:
    Input(const std::uint8_t *data, std::size_t size) : rest_(data, size) {}

    bool empty() const { return rest_.empty(); }
    std::size_t size() const { return rest_.size(); }

    template <typename T>
    T take() {
        static_assert(std::is_trivially_copyable_v<T>);
        T value{};
        const auto part = take_bytes(sizeof value);
        if (!part.empty()) std::memcpy(&value, part.data(), part.size());
        return value;
    }
    std::span<const std::uint8_t> take_bytes(std::size_t count) {
        const auto part = rest_.first(std::min(count, rest_.size()));
        rest_ = rest_.subspan(part.size());
        return part;
    }
    std::string_view take_text(std::size_t count) {
        const auto part = take_bytes(count);
        return {reinterpret_cast<const char *>(part.data()), part.size()};
    }

private:
    std::span<const std::uint8_t> rest_;
};

/// A copy of exactly this size on the heap, aligned as asked, so that ASan sees every byte read beyond.
class AlignedCopy {
public:
    AlignedCopy(std::span<const std::uint8_t> from, std::size_t alignment);
    ~AlignedCopy();
    AlignedCopy(const AlignedCopy &) = delete;
    AlignedCopy &operator=(const AlignedCopy &) = delete;

    std::span<std::byte> bytes() const { return {static_cast<std::byte *>(memory_), size_}; }

private:
    void *memory_ = nullptr;
    std::size_t size_;
};

}  // namespace fuzz
