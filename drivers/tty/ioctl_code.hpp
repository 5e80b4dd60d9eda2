// The terminal ioctls of x86-64 Linux.
#pragma once

#include <cstdint>

namespace axo::tty {

enum class IoctlCode : std::uint32_t {
    get_settings = 0x5401,
    set_settings = 0x5402,
    set_settings_drained = 0x5403,
    set_settings_flushed = 0x5404,
    send_break = 0x5409,
    flow = 0x540a,
    flush = 0x540b,
    take_terminal = 0x540e,
    get_group = 0x540f,
    set_group = 0x5410,
    output_queued = 0x5411,
    get_window = 0x5413,
    set_window = 0x5414,
    modem_lines = 0x5415,
    input_queued = 0x541b,
    give_up_terminal = 0x5422,
    send_break_posix = 0x5425,
    get_session = 0x5429,
};

// Arguments of TCFLSH and TCXONC.
enum class FlushWhat : std::uint64_t { input, output, both };
enum class FlowAction : std::uint64_t { stop_output, start_output, send_stop, send_start };

// Bits of TIOCMGET.
namespace modem_line {
inline constexpr std::int32_t terminal_ready = 0x002, request_to_send = 0x004, clear_to_send = 0x020, carrier = 0x040,
                              ring = 0x080, data_set_ready = 0x100;
}

}  // namespace axo::tty
