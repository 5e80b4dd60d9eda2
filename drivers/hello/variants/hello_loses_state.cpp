// For tests: the type of its counter changed, and nobody says how the old one becomes the new one.
#include "drivers/hello/hello.hpp"

namespace {

struct Driver : axo::driver::CharacterDriver<Driver> {
    struct State {
        axo::driver::CharacterState driver;
        std::uint64_t opens = 0;
    };
    explicit Driver(State &state) : CharacterDriver(state.driver), state_(state) {}
    axo::Status init(const axo::sef::Init &init) {
        starting(init.kind);
        return {};
    }
    axo::Result<axo::device::Open::Reply> open(const axo::device::Open &request) {
        ++state_.opens;
        return axo::device::Open::Reply{.minor = request.minor, .became_controlling = 0, .size = 0};
    }

private:
    State &state_;
};

}  // namespace

int main() { return axo::sef::run<Driver>({.update = axo::sef::ready_when::always}); }
