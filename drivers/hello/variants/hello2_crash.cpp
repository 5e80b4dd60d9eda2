// For the demo: inherits the State of version 2 and dies of an illegal instruction in every init.
#include "drivers/hello/variants/hello2.hpp"

namespace {

struct Crashing : axo::hello2::Hello {
    using Hello::Hello;
    axo::Status init(const axo::sef::Init &) { __builtin_trap(); }
};

}  // namespace

int main() { return axo::sef::run<Crashing>({.update = axo::sef::ready_when::always}); }
