// Terminal settings as Linux programs see them: the kernel's `struct termios` of TCGETS (36 bytes)
// and `struct winsize`, with the flag values of x86-64 Linux.
#pragma once

#include <cstdint>

namespace axo::tty {

namespace input_flag {
inline constexpr std::uint32_t ignore_break = 0x1, break_interrupts = 0x2, ignore_parity = 0x4, mark_parity = 0x8,
                               check_parity = 0x10, strip = 0x20, nl_to_cr = 0x40, ignore_cr = 0x80, cr_to_nl = 0x100,
                               to_lower = 0x200, flow_output = 0x400, any_restarts = 0x800, flow_input = 0x1000,
                               bell_when_full = 0x2000, utf8 = 0x4000;
}
namespace output_flag {
inline constexpr std::uint32_t process = 0x1, to_upper = 0x2, nl_to_crnl = 0x4, cr_to_nl = 0x8, no_cr_at_start = 0x10,
                               nl_returns = 0x20, tab_mask = 0x1800, expand_tabs = 0x1800;
}
namespace control_flag {
inline constexpr std::uint32_t baud_mask = 0x100f, baud_115200 = 0x1002, size_mask = 0x30, size_8 = 0x30,
                               read_enable = 0x80, hang_up_on_close = 0x400, local = 0x800;
}
namespace local_flag {
inline constexpr std::uint32_t signals = 0x1, canonical = 0x2, echo = 0x8, echo_erase = 0x10, echo_kill = 0x20,
                               echo_newline = 0x40, no_flush = 0x80, stop_background_output = 0x100,
                               echo_control = 0x200, echo_print = 0x400, echo_kill_erase = 0x800, extended = 0x8000;
}

/// Index into Termios::control.
enum class Control : unsigned {
    interrupt,
    quit,
    erase,
    kill,
    end_of_file,
    time,
    minimum,
    switch_job,
    start,
    stop,
    suspend,
    end_of_line,
    reprint,
    discard,
    word_erase,
    literal_next,
    end_of_line2,
};
inline constexpr unsigned control_count = 19;
inline constexpr std::uint8_t disabled_control = 0;  // _POSIX_VDISABLE

struct Termios {
    std::uint32_t input, output, control_modes, local;
    std::uint8_t line;
    std::uint8_t control[control_count];

    constexpr std::uint8_t at(Control which) const { return control[static_cast<unsigned>(which)]; }
    constexpr void set(Control which, std::uint8_t value) { control[static_cast<unsigned>(which)] = value; }
    /// True if `byte` is that special character and it is not disabled.
    constexpr bool is(Control which, std::uint8_t byte) const { return byte == at(which) && byte != disabled_control; }
    constexpr bool has_input(std::uint32_t flag) const { return (input & flag) != 0; }
    constexpr bool has_output(std::uint32_t flag) const { return (output & flag) != 0; }
    constexpr bool has_local(std::uint32_t flag) const { return (local & flag) != 0; }
    friend constexpr bool operator==(const Termios &, const Termios &) = default;
};
static_assert(sizeof(Termios) == 36);

struct WindowSize {
    std::uint16_t rows, columns, pixels_x, pixels_y;
    friend constexpr bool operator==(const WindowSize &, const WindowSize &) = default;
};
static_assert(sizeof(WindowSize) == 8);

/// What Linux gives a fresh serial console.
constexpr Termios default_termios() {
    return {
        .input = input_flag::cr_to_nl | input_flag::flow_output,
        .output = output_flag::process | output_flag::nl_to_crnl,
        .control_modes = control_flag::baud_115200 | control_flag::size_8 | control_flag::read_enable |
                         control_flag::hang_up_on_close | control_flag::local,
        .local = local_flag::signals | local_flag::canonical | local_flag::echo | local_flag::echo_erase |
                 local_flag::echo_kill | local_flag::echo_control | local_flag::echo_kill_erase | local_flag::extended,
        .line = 0,
        // ^C ^\ DEL ^U ^D time minimum - ^Q ^S ^Z - ^R ^O ^W ^V -
        .control = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0},
    };
}

}  // namespace axo::tty
