// Splits the path of a Lookup into components. Empty components and trailing slashes are skipped
// together with the component before them, so that `consumed` never points into a run of slashes.
#pragma once

#include <string_view>

namespace axo::fs {

class PathWalk {
public:
    explicit PathWalk(std::string_view path) : path_(path) { skip_slashes(); }

    bool at_end() const { return position_ == path_.size(); }
    /// Bytes used up by the components taken so far.
    std::size_t consumed() const { return position_; }
    /// The component at the current position, not yet taken.
    std::string_view peek() const {
        std::size_t end = position_;
        while (end < path_.size() && path_[end] != '/') ++end;
        return {path_.data() + position_, end - position_};  // substr() would link a throwing helper
    }
    void take() {
        position_ += peek().size();
        skip_slashes();
    }
    /// Whether a slash follows the component at the current position: it must be a directory.
    bool slash_follows() const { return position_ + peek().size() < path_.size(); }

private:
    void skip_slashes() {
        while (position_ < path_.size() && path_[position_] == '/') ++position_;
    }

    std::string_view path_;
    std::size_t position_ = 0;
};

}  // namespace axo::fs
