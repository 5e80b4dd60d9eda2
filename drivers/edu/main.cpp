// The edu driver. Update: whenever it is not looking for its device; what is being computed goes on.
#include "drivers/edu/edu.hpp"

int main() { return axo::sef::run<axo::edu::Edu>({.update = axo::sef::ready_when::always}); }
