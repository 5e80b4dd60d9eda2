// For tests: no init ever ends.
#include "drivers/hello/hello.hpp"

using namespace axo::sef;

int main() {
    return run<axo::hello::Hello>(
        {.update = ready_when::always,
         .init = {.fresh = on_init::hang, .update = on_init::hang, .restart = on_init::hang}});
}
