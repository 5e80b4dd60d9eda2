// RS, the reincarnation server.
#include "servers/rs/server.hpp"

int main() { return axo::sef::run<axo::rs::Server>({}); }
