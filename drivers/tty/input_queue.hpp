// What was typed and not yet read. In canonical mode the newest part is the line being edited; a
// finished line carries a mark on its last byte. An end-of-file typed in canonical mode is a marked
// byte of its own that ends a read without being delivered.
//
//      tail .......... line start .......... head
//      finished lines  |  the line being edited
#pragma once

#include "drivers/tty/byte_ring.hpp"

namespace axo::tty {

class InputQueue {
public:
    static constexpr std::size_t limit = 4096;  // Linux' MAX_CANON with its newline
    enum class End { line, file };

    bool has_room() const { return bytes_.size() < limit - 1; }  // the last place is for the line's end
    std::size_t size() const { return bytes_.size(); }

    void push(std::uint8_t byte);
    /// Finishes the line being edited. False if there is no place even for its end.
    bool finish_line(std::uint8_t byte, End end);

    bool editing() const { return line_start_ != bytes_.head(); }
    std::uint64_t line_start() const { return line_start_; }
    std::uint64_t head() const { return bytes_.head(); }
    std::uint8_t at(std::uint64_t position) const { return bytes_.at(position); }
    std::uint8_t newest() const { return bytes_.at(bytes_.head() - 1); }
    void drop_newest() { bytes_.drop_newest(); }

    bool has_line() const { return line_start_ != bytes_.tail(); }
    /// Bytes of finished lines a read could deliver (FIONREAD), end-of-file marks not counted.
    std::size_t line_bytes() const;
    /// At most one line, or its beginning if `out` is smaller. Zero: end of file.
    std::size_t read_line(std::span<std::uint8_t> out);
    std::size_t read_raw(std::span<std::uint8_t> out);

    /// Everything that is there becomes a finished line (the settings changed to canonical).
    void seal();
    /// Everything that is there may be read byte by byte (the settings changed from canonical).
    void unseal() { line_start_ = bytes_.head(); }
    void clear();

private:
    enum class Mark : std::uint8_t { none, line, file };
    Mark mark_at(std::uint64_t position) const { return marks_[position % limit]; }
    void set_mark(std::uint64_t position, Mark mark) { marks_[position % limit] = mark; }
    void drop_file_mark();

    ByteRing<limit> bytes_;
    std::uint64_t line_start_ = 0;
    Mark marks_[limit] = {};
};

}  // namespace axo::tty
