// For tests: its migrate says that it cannot do it.
#include "drivers/hello/variants/broken_transfer.hpp"

namespace {

struct Fails {
    static axo::Status migrate() { return axo::Error::not_supported; }
};

}  // namespace

int main() { return axo::sef::run<axo::hello::BrokenTransfer<Fails>>({.update = axo::sef::ready_when::always}); }
