// PCI server. Update: at any time, every request is answered at once.
#include "drivers/pci/server.hpp"

int main() { return axo::sef::run<axo::pci::Server>({.update = axo::sef::ready_when::always}); }
