// Output translation, byte by byte; each byte becomes at most `tab_width` bytes.
#include "drivers/tty/output_side.hpp"

namespace axo::tty {

std::size_t OutputSide::write(const Termios &settings, std::span<const std::uint8_t> text) {
    std::size_t taken = 0;
    while (taken < text.size() && has_room()) put(settings, text[taken++]);
    return taken;
}

void OutputSide::echo(const Termios &settings, std::uint8_t byte) {
    if (queue_.room() >= tab_width) put(settings, byte);
}

void OutputSide::put(const Termios &settings, std::uint8_t byte) {
    if (settings.has_output(output_flag::process))
        put_processed(settings, byte);
    else
        queue_.push(byte);
}

void OutputSide::put_processed(const Termios &settings, std::uint8_t byte) {
    switch (byte) {
        case '\n': return put_newline(settings);
        case '\r': return put_return(settings);
        case '\t': return put_tab(settings);
        case '\b':
            if (column_ > 0) --column_;
            return queue_.push(byte);
        default: return put_plain(settings, byte);
    }
}

void OutputSide::put_newline(const Termios &settings) {
    if (settings.has_output(output_flag::nl_returns)) column_ = 0;
    if (settings.has_output(output_flag::nl_to_crnl)) {
        queue_.push('\r');
        column_ = 0;
    }
    queue_.push('\n');
}

void OutputSide::put_return(const Termios &settings) {
    if (settings.has_output(output_flag::no_cr_at_start) && column_ == 0) return;
    if (settings.has_output(output_flag::cr_to_nl)) {
        if (settings.has_output(output_flag::nl_returns)) column_ = 0;
        return queue_.push('\n');
    }
    column_ = 0;
    queue_.push('\r');
}

void OutputSide::put_tab(const Termios &settings) {
    const unsigned spaces = tab_width - column_ % tab_width;
    column_ += spaces;
    if ((settings.output & output_flag::tab_mask) != output_flag::expand_tabs) return queue_.push('\t');
    for (unsigned i = 0; i < spaces; ++i) queue_.push(' ');
}

void OutputSide::put_plain(const Termios &settings, std::uint8_t byte) {
    if (settings.has_output(output_flag::to_upper) && byte >= 'a' && byte <= 'z')
        byte = static_cast<std::uint8_t>(byte - 'a' + 'A');
    const bool continues = settings.has_input(input_flag::utf8) && (byte & 0xc0) == 0x80;
    if (byte >= ' ' && byte != 0x7f && !continues) ++column_;
    queue_.push(byte);
}

}  // namespace axo::tty
