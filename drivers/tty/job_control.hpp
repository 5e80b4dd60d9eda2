// To which session a terminal belongs, and which process group is in front.
#pragma once

#include <cstdint>

#include "axo/error.hpp"

namespace axo::tty {

class JobControl {
public:
    std::uint32_t session() const { return session_; }  // 0: nobody's terminal
    std::uint32_t group() const { return group_; }

    /// A session leader takes a free terminal; its group comes to the front. False: it is taken.
    bool acquire(std::uint32_t session, std::uint32_t group) {
        if (session_ != 0) return false;
        session_ = session;
        group_ = group;
        return true;
    }

    bool belongs_to(std::uint32_t session) const { return session_ != 0 && session_ == session; }

    /// It is the caller's terminal, but its group is not in front. Group 0 is not checked.
    bool in_background(std::uint32_t session, std::uint32_t group) const {
        return belongs_to(session) && group_ != 0 && group != 0 && group != group_;
    }

    /// Errors: not_tty (not the caller's controlling terminal), invalid.
    Status may_set_group(std::uint32_t caller_session, std::uint32_t group) const {
        if (!belongs_to(caller_session)) return Error::not_tty;
        return group == 0 || group > 0x7fff'ffff ? Status{Error::invalid} : Status{};
    }
    void set_group(std::uint32_t group) { group_ = group; }

    void release() { session_ = group_ = 0; }

private:
    std::uint32_t session_ = 0, group_ = 0;
};

}  // namespace axo::tty
