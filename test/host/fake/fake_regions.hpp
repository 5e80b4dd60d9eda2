// The regions that VM gives a service, as memory of the test. A handle is the address, as VM promises; what is freed
// twice, or was never given, is refused, and the address sanitizer watches what is used after it was freed.
#pragma once

#include <cstdlib>
#include <cstring>
#include <map>

#include "axo/vm_protocol.hpp"

namespace axo::fake {

class Regions {
public:
    Regions() = default;
    Regions(const Regions &) = delete;
    Regions &operator=(const Regions &) = delete;
    ~Regions() {
        for (const auto &[handle, bytes] : given_) std::free(reinterpret_cast<void *>(handle));
    }

    Result<vm::RegionAllocate::Reply> allocate(std::uint64_t bytes) {
        const std::uint64_t whole = (bytes + page_size - 1) & ~(page_size - 1);
        if (whole == 0 || given_.size() >= most) return Error::no_memory;
        void *const memory = std::aligned_alloc(page_size, whole);
        std::memset(memory, 0, whole);
        const auto handle = reinterpret_cast<std::uint64_t>(memory);
        given_[handle] = whole;
        return vm::RegionAllocate::Reply{{handle}, {0}, handle};
    }
    Result<Nothing> free(std::uint64_t handle) {
        if (given_.erase(handle) == 0) return Error::invalid;
        std::free(reinterpret_cast<void *>(handle));
        ++freed_;
        return Nothing{};
    }
    /// Answers for VM. `System` is fake::System.
    template <class System>
    void serve(System &system) {
        system.template answer<vm::RegionAllocate>(
            [this](Endpoint, const vm::RegionAllocate &request) { return allocate(request.bytes); });
        system.template answer<vm::RegionFree>(
            [this](Endpoint, const vm::RegionFree &request) { return free(request.handle); });
    }
    std::size_t count() const { return given_.size(); }
    std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const auto &[handle, bytes] : given_) sum += bytes;
        return sum;
    }
    std::size_t freed() const { return freed_; }
    std::size_t most = ~std::size_t{0};  // regions at a time

private:
    std::map<std::uint64_t, std::uint64_t> given_;  // bytes by handle
    std::size_t freed_ = 0;
};

}  // namespace axo::fake
