// For tests: works like hello, but takes 200 ms to find out that it is ready for an update.
#include "drivers/hello/hello.hpp"
#include "lib/sys/clock.hpp"

using namespace axo;

namespace {

bool slowly(std::uint32_t) {
    const Nanoseconds end = sys::now() + milliseconds(200);
    while (sys::now() < end) asm volatile("pause");
    return true;
}
constexpr sef::ready_when::Policy late{.prepare = slowly, .valid = sef::is_standard_state};

}  // namespace

int main() { return sef::run<hello::Hello>({.update = late}); }
