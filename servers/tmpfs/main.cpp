// tmpfs: one tree of files in memory, served to VFS.
#include "servers/tmpfs/service.hpp"

int main() { return axo::sef::run<axo::tmpfs::Service>({}); }
