// For tests: refuses the init that would make it the new version.
#include "servers/vfs/vfs.hpp"

int main() {
    axo::sef::Options options = axo::vfs::options;
    options.init.update = axo::sef::on_init::fail;
    return axo::sef::run<axo::vfs::Vfs>(options);
}
