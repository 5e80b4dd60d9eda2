// For tests: works like hello, but cannot be updated.
#include "drivers/hello/hello.hpp"

int main() { return axo::sef::run<axo::hello::Hello>({}); }
