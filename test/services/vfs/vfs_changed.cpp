// For tests: VFS with one more field in its State, so that all of it is carried over block by block.
#include "servers/vfs/vfs.hpp"

namespace {

struct Changed : axo::vfs::Vfs {
    struct State : axo::vfs::State {
        std::uint64_t more = 0;
    };
    explicit Changed(State &own_state) : Vfs(own_state) {}
};

}  // namespace

int main() { return axo::sef::run<Changed>(axo::vfs::options); }
