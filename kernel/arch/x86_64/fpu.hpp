// Beside fpu_save and fpu_restore of arch.hpp: images that did not come from the processor.
#pragma once

namespace axo::kernel::arch {

/// Makes any bytes an image that fpu_restore accepts: reserved bits of MXCSR and of the XSAVE header are cleared.
/// For images that a user's set_context or signal frame brought.
void fpu_sanitise(void *image);

}  // namespace axo::kernel::arch
