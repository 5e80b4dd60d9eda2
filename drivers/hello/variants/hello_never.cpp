// For tests: works like hello, knows the states of an update and is never ready for one.
#include "drivers/hello/hello.hpp"

int main() { return axo::sef::run<axo::hello::Hello>({.update = axo::sef::ready_when::never}); }
