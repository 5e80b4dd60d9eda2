// See mapped.hpp.
#include "drivers/edu/mapped.hpp"

#include "axo/shared.hpp"

namespace axo::edu {

std::uint32_t MappedBus::load(std::uint32_t offset) const { return memory_.as<Shared<std::uint32_t>>(offset)->load(); }

void MappedBus::store(std::uint32_t offset, std::uint32_t value) const {
    memory_.as<Shared<std::uint32_t>>(offset)->store(value);
}

}  // namespace axo::edu
