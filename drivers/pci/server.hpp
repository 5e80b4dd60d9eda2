// The requests of the PCI server. Everything is answered at once.
#pragma once

#include "axo/pci_protocol.hpp"
#include "drivers/pci/functions.hpp"
#include "lib/sef/sef.hpp"

namespace axo::pci {

class Server {
public:
    struct State {
        Functions::State functions;
    };
    using Requests = pci::Requests;

    explicit Server(State &state) : functions_(state.functions) {}
    Status init(const sef::Init &init);
    void activated() {}

    void on(Endpoint caller, const Next &request, sef::ReplyTo<Next::Reply> reply);
    void on(Endpoint caller, const Describe &request, sef::ReplyTo<Describe::Reply> reply);
    void on(Endpoint caller, const DescribeBar &request, sef::ReplyTo<DescribeBar::Reply> reply);
    void on(Endpoint caller, const ReadRegister &request, sef::ReplyTo<ReadRegister::Reply> reply);
    void on(Endpoint caller, const ReadRegisters &request, sef::ReplyTo<Nothing> reply);
    // reserve.cpp
    sef::Task on(Endpoint caller, Reserve request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Rescan &request, sef::ReplyTo<Rescan::Reply> reply);

private:
    /// Errors: no_entry.
    Result<const Function *> at(std::uint32_t place) const;

    Status copy_registers(Endpoint caller, const ReadRegisters &request) const;

    Functions functions_;
};

}  // namespace axo::pci
