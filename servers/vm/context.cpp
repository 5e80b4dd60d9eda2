// What several families of handlers need.
#include "servers/vm/context.hpp"

namespace axo::vm {

sef::Async<Status> Context::make_present(Endpoint process, std::uint64_t address, std::uint64_t bytes, Access access) {
    for (;;) {
        Space *space = processes.space_of(process);
        if (space == nullptr) co_return Error::no_process;
        AbsentPage missing{};
        const Status status = faults.resolve_range(*space, address, bytes, access, missing);
        if (status || status.error() != Error::absent) co_return status;
        auto reading = pager.bring_in(missing);
        const Status read = co_await reading;
        if (!read) co_return read;
    }
}

}  // namespace axo::vm
