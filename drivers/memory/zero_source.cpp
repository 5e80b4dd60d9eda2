#include "drivers/memory/zero_source.hpp"

#include <algorithm>
#include <array>

#include "lib/sys/kernel.hpp"

namespace axo::memory {

namespace {

constexpr std::size_t max_batch = 64;  // of vsafe_copy
alignas(page_size) constexpr std::array<std::byte, page_size> zeros{};

Status fill_pages(Endpoint client, GrantId buffer, std::uint64_t bytes) {
    std::array<VectorCopy, max_batch> batch;
    for (std::uint64_t done = 0; done < bytes;) {
        std::size_t count = 0;
        for (; count < max_batch && done < bytes; ++count) {
            const std::uint64_t part = std::min<std::uint64_t>(bytes - done, page_size);
            batch[count] = {.from = endpoint::self,
                            .to = client,
                            .grant = buffer,
                            .reserved = 0,
                            .offset = done,
                            .address = {reinterpret_cast<std::uint64_t>(zeros.data())},
                            .bytes = part};
            done += part;
        }
        TRY(sys::vsafe_copy(std::span(batch).first(count)));
    }
    return {};
}

}  // namespace

Status fill_with_zeros(Endpoint client, GrantId buffer, std::uint64_t bytes) {
    if (bytes <= page_size) return sys::safe_copy_to(client, buffer, 0, zeros.data(), bytes);
    return fill_pages(client, buffer, bytes);
}

}  // namespace axo::memory
