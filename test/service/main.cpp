// Wires the probe to SEF.
#include "test/service/probe.hpp"

int main() { return axo::sef::run<axo::probe::Probe>({}); }
