// Input processing in the order POSIX and Linux give it: flow control, signals, CR and NL, editing.
#include "drivers/tty/line.hpp"

namespace axo::tty {

namespace {
constexpr std::size_t throttle_above = InputQueue::limit * 3 / 4;
constexpr std::size_t unthrottle_below = InputQueue::limit / 4;
constexpr std::uint8_t parity_mark = 0xff;
}  // namespace

void Line::input(std::uint8_t byte) {
    if (settings_.has_input(input_flag::strip)) byte &= 0x7f;
    if (settings_.has_input(input_flag::to_lower) && has(local_flag::extended) && byte >= 'A' && byte <= 'Z')
        byte = static_cast<std::uint8_t>(byte - 'A' + 'a');
    if (literal_next_) {
        literal_next_ = false;
        return accept(byte);
    }
    if (flow_control(byte) || signal_character(byte)) return;
    if (byte == '\r') {
        if (settings_.has_input(input_flag::ignore_cr)) return;
        if (settings_.has_input(input_flag::cr_to_nl)) byte = '\n';
    } else if (byte == '\n' && settings_.has_input(input_flag::nl_to_cr)) {
        byte = '\r';
    }
    if (canonical() && (edit(byte) || ends_line(byte))) return;
    accept(byte);
}

void Line::input_break() {
    if (settings_.has_input(input_flag::ignore_break)) return;
    if (settings_.has_input(input_flag::break_interrupts)) return raise(terminal_signal::interrupt);
    input_error(0);
}

void Line::input_error(std::uint8_t byte) {
    if (byte != 0 && settings_.has_input(input_flag::ignore_parity)) return;
    if (settings_.has_input(input_flag::mark_parity)) {
        // Three bytes belong together: all or none.
        if (queue_.size() + 3 >= InputQueue::limit) return;
        queue_.push(parity_mark);
        queue_.push(0);
        return queue_.push(byte);
    }
    accept(settings_.has_input(input_flag::check_parity) ? std::uint8_t{0} : byte);
}

bool Line::flow_control(std::uint8_t byte) {
    if (!settings_.has_input(input_flag::flow_output)) return false;
    if (settings_.is(Control::stop, byte)) {
        output_.set_stopped(true);
        return true;
    }
    if (settings_.is(Control::start, byte)) {
        output_.set_stopped(false);
        return true;
    }
    if (settings_.has_input(input_flag::any_restarts)) output_.set_stopped(false);
    return false;
}

bool Line::signal_character(std::uint8_t byte) {
    if (!has(local_flag::signals)) return false;
    unsigned signal = 0;
    if (settings_.is(Control::interrupt, byte)) signal = terminal_signal::interrupt;
    if (settings_.is(Control::quit, byte)) signal = terminal_signal::quit;
    if (settings_.is(Control::suspend, byte)) signal = terminal_signal::stop;
    if (signal == 0) return false;
    raise(signal);
    if (has(local_flag::echo)) echo_visible(byte);
    return true;
}

void Line::raise(unsigned signal) {
    if (!has(local_flag::no_flush)) {
        flush_input();
        flush_output();
    }
    // Whoever interrupts wants to see what comes next, even after ^S.
    if (settings_.has_input(input_flag::flow_output)) output_.set_stopped(false);
    signals_ |= 1u << signal;
}

std::uint32_t Line::take_signals() {
    const std::uint32_t signals = signals_;
    signals_ = 0;
    return signals;
}

bool Line::ends_line(std::uint8_t byte) {
    if (settings_.is(Control::end_of_file, byte)) {
        finish(disabled_control, InputQueue::End::file);
        return true;
    }
    const bool second_end = settings_.is(Control::end_of_line2, byte) && has(local_flag::extended);
    if (byte != '\n' && !settings_.is(Control::end_of_line, byte) && !second_end) return false;
    if (byte == '\n') {
        if (has(local_flag::echo) || has(local_flag::echo_newline)) output_.echo(settings_, '\n');
    } else if (has(local_flag::echo)) {
        echo_byte(byte);
    }
    finish(byte, InputQueue::End::line);
    return true;
}

void Line::finish(std::uint8_t byte, InputQueue::End end) {
    if (!queue_.finish_line(byte, end) && settings_.has_input(input_flag::bell_when_full)) output_.raw('\a');
    throttle();
}

void Line::accept(std::uint8_t byte) {
    const bool doubled =
        byte == parity_mark && settings_.has_input(input_flag::mark_parity) && !settings_.has_input(input_flag::strip);
    if (!queue_.has_room() || (doubled && queue_.size() + 2 >= InputQueue::limit)) {
        if (settings_.has_input(input_flag::bell_when_full)) output_.raw('\a');
        return;
    }
    if (!queue_.editing()) line_column_ = output_.column();
    if (has(local_flag::echo)) echo_byte(byte);
    if (doubled) queue_.push(parity_mark);
    queue_.push(byte);
    if (!canonical()) queue_.unseal();
    throttle();
}

std::size_t Line::read(std::span<std::uint8_t> out) {
    const std::size_t bytes = canonical() ? queue_.read_line(out) : queue_.read_raw(out);
    unthrottle();
    return bytes;
}

void Line::set_settings(const Termios &settings) {
    const bool was_canonical = canonical();
    settings_ = settings;
    literal_next_ = false;
    if (!was_canonical && canonical()) queue_.seal();
    if (was_canonical && !canonical()) queue_.unseal();
    if (!settings_.has_input(input_flag::flow_output)) output_.set_stopped(false);
    if (!settings_.has_input(input_flag::flow_input)) throttled_ = false;
}

void Line::flush_input() {
    queue_.clear();
    literal_next_ = false;
    unthrottle();
}

void Line::send_flow_byte(Control which) {
    const std::uint8_t byte = settings_.at(which);
    if (byte != disabled_control) output_.raw(byte);
}

void Line::throttle() {
    if (throttled_ || !settings_.has_input(input_flag::flow_input) || queue_.size() <= throttle_above) return;
    throttled_ = true;
    send_flow_byte(Control::stop);
}

void Line::unthrottle() {
    if (!throttled_ || queue_.size() >= unthrottle_below) return;
    throttled_ = false;
    send_flow_byte(Control::start);
}

}  // namespace axo::tty
