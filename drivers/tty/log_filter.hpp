// Which of the kernel's text belongs on the console: a line that begins with a blank is detail (registers and
// backtraces, say), for whoever reads /dev/klog.
#pragma once

#include <cstddef>
#include <string_view>

namespace axo::tty {

class LogFilter {
public:
    struct Part {
        std::size_t bytes;
        bool shown;
    };
    /// The rest of the first line in `text`, which is not empty.
    Part first(std::string_view text) const {
        const bool detail = at_line_start_ ? text.front() == ' ' : in_detail_;
        const std::size_t end = text.find('\n');
        return {end == text.npos ? text.size() : end + 1, !detail};
    }
    /// So much of that part is done with.
    void pass(std::string_view text, const Part &part) {
        if (text.empty()) return;
        in_detail_ = !part.shown;
        at_line_start_ = text.back() == '\n';
    }

private:
    bool at_line_start_ = true, in_detail_ = false;
};

}  // namespace axo::tty
