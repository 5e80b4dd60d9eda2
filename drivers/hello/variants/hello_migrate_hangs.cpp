// For tests: its migrate never ends.
#include "drivers/hello/variants/broken_transfer.hpp"

namespace {

struct Hangs {
    static axo::Status migrate() {
        for (;;) asm volatile("pause");
    }
};

}  // namespace

int main() { return axo::sef::run<axo::hello::BrokenTransfer<Hangs>>({.update = axo::sef::ready_when::always}); }
