// For tests: works like VFS, but is ready for an update only when asked to be free of work; never in another state.
#include "lib/sys/log.hpp"
#include "servers/vfs/vfs.hpp"

namespace {

struct Never : axo::vfs::Vfs {
    using Vfs::Vfs;
    static bool state_valid(std::uint32_t state) { return axo::sef::is_standard_state(state); }
    static bool prepare(std::uint32_t) { return false; }
    static void state_changed(std::uint32_t before, std::uint32_t now) {
        const bool begins = now != axo::sef::update_state::none;
        axo::sys::log("state %u is approached%s", begins ? now : before, begins ? "" : " no more");
    }
};

}  // namespace

int main() { return axo::sef::run<Never>(axo::vfs::options); }
