// DS, the data store: wires the server to SEF.
#include "servers/ds/server.hpp"

int main() { return axo::sef::run<axo::ds::Server>({.update = axo::sef::ready_when::always}); }
