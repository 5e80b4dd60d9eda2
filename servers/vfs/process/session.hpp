// A session and its controlling terminal.
#pragma once

#include <cstdint>

namespace axo::vfs {

struct Session {
    explicit Session(std::uint32_t session_id) : id(session_id) {}
    std::uint32_t references = 0;
    std::uint32_t id;
    bool has_terminal = false;
    std::uint32_t major = 0, minor = 0;  // of the terminal
    void unreferenced();
};

}  // namespace axo::vfs
