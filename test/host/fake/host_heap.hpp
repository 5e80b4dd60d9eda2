// The heap of a host test: plain memory that does not grow. Link host_fs.cpp.
#pragma once

#include "lib/base/heap.hpp"

namespace axo {

Heap &host_heap();

}  // namespace axo
