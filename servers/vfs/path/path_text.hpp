// Paths as text: splitting, trailing slashes, and putting a symbolic link's target in the place of
// its name. Pure; the walk over file systems is walk.hpp.
#pragma once

#include <cstdint>
#include <string_view>

#include "axo/error.hpp"
#include "servers/vfs/calls/linux_abi.hpp"
#include "servers/vfs/calls/text_part.hpp"

namespace axo::vfs {

/// A path being walked, edited in place. Consumed text is cut off at the front.
class PathText {
public:
    static constexpr std::size_t capacity = abi::path_max;

    /// Errors: name_too_long.
    Status assign(std::string_view text);

    std::string_view rest() const { return {text_ + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    bool absolute() const { return begin_ < end_ && text_[begin_] == '/'; }
    void skip_slashes();
    void consume(std::size_t bytes) { begin_ += static_cast<std::uint32_t>(bytes); }

    /// The link named by the last component of the first `consumed` bytes is replaced by `target`.
    /// A relative target keeps the directories before the name, since none of them is a link; an
    /// absolute one drops them. Errors: name_too_long, no_entry (empty target).
    Status replace_link(std::size_t consumed, std::string_view target);

    /// To fill in place: write into buffer(), then say how long the text is.
    char *buffer() { return text_; }
    void set_length(std::size_t bytes) {
        begin_ = 0;
        end_ = static_cast<std::uint32_t>(bytes);
    }

private:
    std::uint32_t begin_ = 0, end_ = 0;
    char text_[capacity];
};

/// A path cut into the part that names the directory and the last name.
struct SplitPath {
    std::string_view directory;  // may be empty: the start itself; a leading '/' is kept
    std::string_view name;       // empty for "/" and ""
    bool trailing_slash;
};
SplitPath split_last(std::string_view path);

constexpr bool is_dot(std::string_view name) { return name == "."; }
constexpr bool is_dot_dot(std::string_view name) { return name == ".."; }

/// The first component of a path that does not start with '/'.
std::string_view first_component(std::string_view path);

/// How many bytes of `path` may be walked before a component "..": the whole path if there is none.
/// Used under chroot, where ".." must be looked at one by one.
std::size_t bytes_before_dot_dot(std::string_view path);

/// True if nothing but slashes is left.
bool only_slashes(std::string_view text);

}  // namespace axo::vfs
