// Terminal driver. Update: at any time, since waiting requests are records in the State.
#include "drivers/tty/tty.hpp"

int main() { return axo::sef::run<axo::tty::Tty>({.update = axo::sef::ready_when::always}); }
