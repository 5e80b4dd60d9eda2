// Log driver. Update: at any time, waiting reads are records in the State.
#include "drivers/log/log.hpp"

int main() { return axo::sef::run<axo::log::Log>({.update = axo::sef::ready_when::always}); }
