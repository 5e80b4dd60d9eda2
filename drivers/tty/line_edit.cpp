// Editing of an unfinished line in canonical mode, and its picture on the screen.
#include "drivers/tty/line.hpp"

namespace axo::tty {

namespace {
constexpr bool continues_character(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }
constexpr bool is_control(std::uint8_t byte) { return byte < ' ' || byte == 0x7f; }
constexpr bool in_word(std::uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '_' || byte >= 0x80;
}
}  // namespace

bool Line::edit(std::uint8_t byte) {
    if (settings_.is(Control::erase, byte)) {
        erase_character();
        return true;
    }
    if (settings_.is(Control::kill, byte)) {
        erase_line();
        return true;
    }
    return has(local_flag::extended) && edit_extended(byte);
}

bool Line::edit_extended(std::uint8_t byte) {
    if (settings_.is(Control::word_erase, byte)) {
        erase_word();
        return true;
    }
    if (settings_.is(Control::literal_next, byte)) {
        literal_next_ = true;
        if (has(local_flag::echo) && has(local_flag::echo_control)) {
            output_.echo(settings_, '^');
            output_.echo(settings_, '\b');
        }
        return true;
    }
    if (settings_.is(Control::reprint, byte) && has(local_flag::echo)) {
        reprint();
        return true;
    }
    return false;
}

void Line::erase_character() {
    if (!queue_.editing()) return;
    const std::uint8_t erased = take_newest_character();
    if (!has(local_flag::echo)) return;
    if (has(local_flag::echo_erase))
        rub_out(erased);
    else
        echo_byte(settings_.at(Control::erase));
}

void Line::erase_word() {
    bool seen_word = false;
    while (queue_.editing()) {
        const bool part_of_word = in_word(queue_.newest());
        if (seen_word && !part_of_word) return;
        seen_word = seen_word || part_of_word;
        erase_character();
    }
}

void Line::erase_line() {
    const bool rub = has(local_flag::echo_kill) && has(local_flag::echo_kill_erase) && has(local_flag::echo_erase);
    if (rub || !has(local_flag::echo)) {
        while (queue_.editing()) erase_character();
        return;
    }
    while (queue_.editing()) queue_.drop_newest();
    echo_byte(settings_.at(Control::kill));
    if (has(local_flag::echo_kill)) output_.echo(settings_, '\n');
}

/// Removes one character, which is several bytes in UTF-8; returns its first byte.
std::uint8_t Line::take_newest_character() {
    std::uint8_t byte = queue_.newest();
    queue_.drop_newest();
    while (settings_.has_input(input_flag::utf8) && continues_character(byte) && queue_.editing()) {
        byte = queue_.newest();
        queue_.drop_newest();
    }
    return byte;
}

void Line::rub_out(std::uint8_t erased) {
    if (erased == '\t') return rub_out_columns(columns_of_last_tab());
    if (!is_control(erased)) {
        output_.echo(settings_, '\b');
        output_.echo(settings_, ' ');
        return output_.echo(settings_, '\b');
    }
    if (!has(local_flag::echo_control)) return;  // it took no place
    for (int i = 0; i < 2; ++i) {
        output_.echo(settings_, '\b');
        output_.echo(settings_, ' ');
        output_.echo(settings_, '\b');
    }
}

void Line::rub_out_columns(unsigned columns) {
    for (unsigned i = 0; i < columns; ++i) output_.echo(settings_, '\b');
}

/// How far the tab that was just removed had moved the cursor: the rest of the line says where it stood.
unsigned Line::columns_of_last_tab() const {
    unsigned column = line_column_;
    for (std::uint64_t position = queue_.line_start(); position != queue_.head(); ++position) {
        const std::uint8_t byte = queue_.at(position);
        if (byte == '\t')
            column += OutputSide::tab_width - column % OutputSide::tab_width;
        else if (is_control(byte))
            column += has(local_flag::echo_control) ? 2u : 0u;
        else if (!(settings_.has_input(input_flag::utf8) && continues_character(byte)))
            ++column;
    }
    return OutputSide::tab_width - column % OutputSide::tab_width;
}

void Line::reprint() {
    echo_byte(settings_.at(Control::reprint));
    output_.echo(settings_, '\n');
    line_column_ = 0;
    for (std::uint64_t position = queue_.line_start(); position != queue_.head(); ++position)
        echo_byte(queue_.at(position));
}

void Line::echo_byte(std::uint8_t byte) {
    if (byte == '\n' && !canonical()) return output_.echo(settings_, byte);
    echo_visible(byte);
}

/// Control characters as ^X where ECHOCTL wants that; the tab stays a tab.
void Line::echo_visible(std::uint8_t byte) {
    if (!has(local_flag::echo_control) || !is_control(byte) || byte == '\t') return output_.echo(settings_, byte);
    output_.echo(settings_, '^');
    output_.echo(settings_, byte ^ 0x40);
}

}  // namespace axo::tty
