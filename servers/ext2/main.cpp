// ext2: one mounted volume, served to VFS.
#include "servers/ext2/service.hpp"

int main() { return axo::sef::run<axo::ext2::Service>({}); }
