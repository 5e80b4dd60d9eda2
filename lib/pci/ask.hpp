// Questions to the PCI server, from coroutines.
#pragma once

#include "axo/pci_protocol.hpp"
#include "lib/sef/coroutine.hpp"
#include "lib/sef/request.hpp"
#include "lib/sys/ds.hpp"

namespace axo::pci {

/// Errors: no_process (no PCI server is there), dead_peer (it died twice over the question), those of the request.
template <Request R>
sef::Async<Result<typename R::Reply>> ask(R request) {
    static_assert(R::idempotent, "a question that may be asked again");
    for (bool again = false;; again = true) {
        const auto server = sys::ds::endpoint_of(label);
        if (!server) co_return server.error();
        const auto answer = co_await sef::request(*server, request);
        if (answer || answer.error() != Error::dead_peer || again) co_return answer;
    }
}

}  // namespace axo::pci
