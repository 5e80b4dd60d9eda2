// Memory driver. Update: at any time, every request is answered at once.
#include "drivers/memory/memory.hpp"

int main() { return axo::sef::run<axo::memory::Memory>({.update = axo::sef::ready_when::always}); }
