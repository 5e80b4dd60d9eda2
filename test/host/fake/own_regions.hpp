// The regions that own_regions.cpp has given in place of VM, all services of the test together.
#pragma once

#include "test/host/fake/fake_regions.hpp"

namespace axo::fake {

Regions &own_regions();

}  // namespace axo::fake
