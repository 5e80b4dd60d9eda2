// For tests: every init reports an error.
#include "drivers/hello/hello.hpp"

using namespace axo::sef;

int main() {
    return run<axo::hello::Hello>(
        {.update = ready_when::always,
         .init = {.fresh = on_init::fail, .update = on_init::fail, .restart = on_init::fail}});
}
