// The two 8259 interrupt controllers.
#pragma once

namespace axo::kernel::arch {

inline constexpr unsigned first_pic_vector = 0x20;
inline constexpr unsigned pic_lines = 16;

/// Moves the lines to vectors 0x20..0x2f, all masked but the cascade.
void start_pic();

/// Masks and acknowledges a line that interrupted. False: it was spurious (lines 7 and 15), nothing is to be done.
bool take_pic_interrupt(unsigned line);

}  // namespace axo::kernel::arch
