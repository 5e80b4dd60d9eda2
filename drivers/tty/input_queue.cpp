// Marks live beside the bytes; a byte's mark is written whenever the byte is.
#include "drivers/tty/input_queue.hpp"

namespace axo::tty {

void InputQueue::push(std::uint8_t byte) {
    set_mark(bytes_.head(), Mark::none);
    bytes_.push(byte);
}

bool InputQueue::finish_line(std::uint8_t byte, End end) {
    if (bytes_.room() == 0) return false;
    set_mark(bytes_.head(), end == End::file ? Mark::file : Mark::line);
    bytes_.push(byte);
    line_start_ = bytes_.head();
    return true;
}

std::size_t InputQueue::line_bytes() const {
    std::size_t count = 0;
    for (std::uint64_t position = bytes_.tail(); position != line_start_; ++position)
        if (mark_at(position) != Mark::file) ++count;
    return count;
}

std::size_t InputQueue::read_line(std::span<std::uint8_t> out) {
    std::size_t count = 0;
    while (count < out.size() && bytes_.tail() != line_start_) {
        const Mark mark = mark_at(bytes_.tail());
        if (mark == Mark::file) break;
        out[count++] = bytes_.pop();
        if (mark == Mark::line) return count;
    }
    // A read that takes exactly what was before an end of file takes the end too, or the next read
    // would report an end that belongs to this one.
    drop_file_mark();
    return count;
}

void InputQueue::drop_file_mark() {
    if (bytes_.tail() != line_start_ && mark_at(bytes_.tail()) == Mark::file) bytes_.drop_oldest(1);
}

std::size_t InputQueue::read_raw(std::span<std::uint8_t> out) {
    std::size_t count = 0;
    while (count < out.size() && !bytes_.empty()) out[count++] = bytes_.pop();
    if (line_start_ < bytes_.tail()) line_start_ = bytes_.tail();
    return count;
}

void InputQueue::seal() {
    if (!bytes_.empty() && mark_at(bytes_.head() - 1) == Mark::none) set_mark(bytes_.head() - 1, Mark::line);
    line_start_ = bytes_.head();
}

void InputQueue::clear() {
    bytes_.clear();
    line_start_ = bytes_.head();
}

}  // namespace axo::tty
