// VFS: wires the service to SEF.
#include "servers/vfs/vfs.hpp"

int main() { return axo::sef::run<axo::vfs::Vfs>(axo::vfs::options); }
