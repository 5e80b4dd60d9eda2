// The device's memory as it is mapped into this process. A host test links a model of the device instead of mapped.cpp.
#pragma once

#include "drivers/edu/registers.hpp"
#include "lib/sys/region.hpp"

namespace axo::edu {

class MappedBus {
public:
    explicit MappedBus(sys::Region memory) : memory_(memory) {}
    std::uint32_t load(std::uint32_t offset) const;
    void store(std::uint32_t offset, std::uint32_t value) const;

private:
    sys::Region memory_;
};

}  // namespace axo::edu
