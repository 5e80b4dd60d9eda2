// The memory server.
#include "servers/vm/server.hpp"

int main() { return axo::sef::run<axo::vm::Server>({}); }
