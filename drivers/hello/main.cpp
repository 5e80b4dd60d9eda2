// Hello driver. Update: at any time, every request is answered at once.
#include "drivers/hello/hello.hpp"

int main() { return axo::sef::run<axo::hello::Hello>({.update = axo::sef::ready_when::always}); }
