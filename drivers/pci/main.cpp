// PCI server. Update: whenever no reservation is under way; all else is answered at once.
#include "drivers/pci/server.hpp"

int main() { return axo::sef::run<axo::pci::Server>({.update = axo::sef::ready_when::always}); }
