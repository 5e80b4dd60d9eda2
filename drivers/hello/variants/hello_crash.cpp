// For tests: dies of an illegal instruction in every init.
#include "drivers/hello/hello.hpp"

namespace {

struct Crashing : axo::hello::Hello {
    using Hello::Hello;
    axo::Status init(const axo::sef::Init &) { __builtin_trap(); }
};

}  // namespace

int main() { return axo::sef::run<Crashing>({.update = axo::sef::ready_when::always}); }
