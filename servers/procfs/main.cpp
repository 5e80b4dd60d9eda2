// procfs: processes and the system as text files, served to VFS. Update: whenever no question is under way.
#include "servers/procfs/service.hpp"

int main() { return axo::sef::run<axo::procfs::Service>({.update = axo::sef::ready_when::always}); }
