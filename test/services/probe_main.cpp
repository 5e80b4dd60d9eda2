// Wires the probe to SEF.
#include "test/services/probe.hpp"

int main() { return axo::sef::run<axo::probe::Probe>({}); }
