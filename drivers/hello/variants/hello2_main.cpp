// Hello driver, version 2. Update: at any time, every request is answered at once.
#include "drivers/hello/variants/hello2.hpp"

int main() { return axo::sef::run<axo::hello2::Hello>({.update = axo::sef::ready_when::always}); }
