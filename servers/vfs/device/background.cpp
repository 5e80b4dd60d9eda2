// See background.hpp.
#include "servers/vfs/device/background.hpp"

namespace axo::vfs {

sef::Async<Status> from_background(Ref<Call> call, std::uint32_t signal) {
    const pm::BackgroundAccess request{call->endpoint(), signal};
    const auto answer = co_await sef::request(endpoint::pm, request);
    if (!answer) co_return Error::io;
    co_return answer->allowed != 0 ? Status{} : Status{Error::restart_call};
}

}  // namespace axo::vfs
