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

    /// Errors: not_tty (not the caller's controlling terminal), invalid.
    Status set_group(std::uint32_t caller_session, std::uint32_t group) {
        if (!belongs_to(caller_session)) return Error::not_tty;
        if (group == 0 || group > 0x7fff'ffff) return Error::invalid;
        group_ = group;
        return {};
    }

    void release() { session_ = group_ = 0; }

private:
    std::uint32_t session_ = 0, group_ = 0;
};

}  // namespace axo::tty
