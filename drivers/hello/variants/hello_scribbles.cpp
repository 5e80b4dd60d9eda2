// For tests: its init writes over the whole State that it was given, then dies.
#include "drivers/hello/hello.hpp"

namespace {

struct Scribbling : axo::hello::Hello {
    explicit Scribbling(State &state) : Hello(state), given_(state) {}
    axo::Status init(const axo::sef::Init &) {
        auto *bytes = reinterpret_cast<volatile unsigned char *>(&given_);
        for (std::size_t i = 0; i < sizeof given_; ++i) bytes[i] = 0xa5;
        __builtin_trap();
    }

private:
    State &given_;
};

}  // namespace

int main() { return axo::sef::run<Scribbling>({.update = axo::sef::ready_when::always}); }
