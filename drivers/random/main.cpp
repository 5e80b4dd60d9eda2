// Random driver. Update: at any time; long reads that are under way are records in the State.
#include "drivers/random/random.hpp"

int main() { return axo::sef::run<axo::random::Random>({.update = axo::sef::ready_when::always}); }
