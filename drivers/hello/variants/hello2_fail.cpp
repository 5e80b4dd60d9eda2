// For tests: takes over the changed State, then its init reports an error.
#include "drivers/hello/variants/hello2.hpp"

using namespace axo::sef;

int main() { return run<axo::hello2::Hello>({.update = ready_when::always, .init = {.update = on_init::fail}}); }
