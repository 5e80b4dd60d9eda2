// PM, the process manager.
#include "servers/pm/server.hpp"

int main() { return axo::sef::run<axo::pm::Server>({}); }
