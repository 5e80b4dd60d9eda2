// For tests: works like VFS, but is ready for an update only when asked to be free of work; never in another state.
#include "servers/vfs/vfs.hpp"

namespace {

struct Never : axo::vfs::Vfs {
    using Vfs::Vfs;
    static bool state_valid(std::uint32_t state) { return axo::sef::is_standard_state(state); }
    static bool prepare(std::uint32_t) { return false; }
};

}  // namespace

int main() { return axo::sef::run<Never>(axo::vfs::options); }
