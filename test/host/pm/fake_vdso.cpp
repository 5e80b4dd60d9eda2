// Bytes in place of the linked vDSO, for tests of VM.
#include "axo/vdso.hpp"

namespace axo::vdso {
extern "C" const std::uint8_t vdso_image[] = {0x7f, 'E', 'L', 'F'};
extern "C" const std::uint64_t vdso_image_bytes = sizeof vdso_image;
}  // namespace axo::vdso
