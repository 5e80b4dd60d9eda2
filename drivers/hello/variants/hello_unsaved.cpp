// For tests: works like hello, but cannot save its state when it is to be replaced.
#include "drivers/hello/hello.hpp"

namespace {

struct Unsaved : axo::hello::Hello {
    using Hello::Hello;
    axo::Status save_state(std::uint32_t) { return axo::Error::busy; }
};

}  // namespace

int main() { return axo::sef::run<Unsaved>({.update = axo::sef::ready_when::always}); }
