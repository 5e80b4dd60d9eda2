// For tests: its migrate dies of an illegal instruction.
#include "drivers/hello/variants/broken_transfer.hpp"

namespace {

struct Crashes {
    static axo::Status migrate() { __builtin_trap(); }
};

}  // namespace

int main() { return axo::sef::run<axo::hello::BrokenTransfer<Crashes>>({.update = axo::sef::ready_when::always}); }
