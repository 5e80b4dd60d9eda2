// For tests: works like VFS, but says the first time that it cannot save its state.
#include "servers/vfs/vfs.hpp"

namespace {

struct Unsaved : axo::vfs::Vfs {
    using Vfs::Vfs;
    axo::Status save_state(std::uint32_t) {
        if (std::exchange(refused_, true)) return {};
        return axo::Error::busy;
    }

private:
    bool refused_ = false;
};

}  // namespace

int main() { return axo::sef::run<Unsaved>(axo::vfs::options); }
