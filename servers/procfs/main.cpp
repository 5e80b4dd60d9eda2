// procfs: processes and the system as text files, served to VFS.
#include "servers/procfs/service.hpp"

int main() { return axo::sef::run<axo::procfs::Service>({}); }
