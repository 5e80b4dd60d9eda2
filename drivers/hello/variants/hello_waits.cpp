// For tests: no init ever ends, since it waits for a message that nobody sends.
#include "drivers/hello/hello.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/log.hpp"

namespace {

struct Waiting : axo::hello::Hello {
    using Hello::Hello;
    axo::Status init(const axo::sef::Init &) {
        axo::sys::log("the new version waits");
        axo::Message none;
        for (;;) static_cast<void>(axo::sys::receive(axo::endpoint::rs, none));
    }
};

}  // namespace

int main() { return axo::sef::run<Waiting>({.update = axo::sef::ready_when::always}); }
