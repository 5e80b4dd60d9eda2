// See server.hpp.
#include "drivers/pci/server.hpp"

#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::pci {

namespace {

constexpr BarKind on_wire(Bar::Kind kind) { return static_cast<BarKind>(kind); }
static_assert(on_wire(Bar::Kind::io) == BarKind::io && on_wire(Bar::Kind::memory64) == BarKind::memory64);

}  // namespace

/// A machine without PCI is none that fails: the server runs and lists nothing.
Status Server::init(const sef::Init &init) {
    if (init.kind == rs::InitKind::update) return {};
    const auto changes = TRY(functions_.walk());
    sys::log("%u PCI functions", changes.came);
    return {};
}

Result<const Function *> Server::at(std::uint32_t place) const {
    const Function *found = functions_.at_or_after(place);
    if (found == nullptr || found->place.number() != place) return Error::no_entry;
    return found;
}

void Server::on(Endpoint, const Next &request, sef::ReplyTo<Next::Reply> reply) {
    const Function *found = functions_.at_or_after(request.from);
    if (found == nullptr) return reply.fail(Error::no_entry);
    reply.ok({found->place.number(), found->vendor, found->device});
}

void Server::on(Endpoint, const Describe &request, sef::ReplyTo<Describe::Reply> reply) {
    const auto found = at(request.place);
    if (!found) return reply.fail(found.error());
    const Function &function = **found;
    reply.ok({function.vendor, function.device, function.subsystem_vendor, function.subsystem, function.class_code,
              function.revision, function.interrupt_line, function.interrupt_pin, function.bus_behind});
}

void Server::on(Endpoint, const DescribeBar &request, sef::ReplyTo<DescribeBar::Reply> reply) {
    const auto found = at(request.place);
    if (!found) return reply.fail(found.error());
    if (request.index >= bars_max) return reply.fail(Error::invalid);
    const Bar &bar = (*found)->bars[request.index];
    reply.ok({bar.address, bar.size, on_wire(bar.kind), bar.prefetchable});
}

void Server::on(Endpoint, const ReadRegister &request, sef::ReplyTo<ReadRegister::Reply> reply) {
    const auto found = at(request.place);
    if (!found) return reply.fail(found.error());
    if (request.bytes != 1 && request.bytes != 2 && request.bytes != 4) return reply.fail(Error::invalid);
    const auto value = read_register((*found)->place, request.address, static_cast<Width>(request.bytes));
    if (!value) return reply.fail(value.error());
    reply.ok({*value, 0});
}

Status Server::copy_registers(Endpoint caller, const ReadRegisters &request) const {
    const Function *function = TRY(at(request.place));
    const unsigned end = unsigned{request.from} + request.bytes;
    if (end > registers_end || request.from % 4 != 0 || request.bytes % 4 != 0) return Error::invalid;
    std::uint32_t words[registers_end / 4];
    for (unsigned number = request.from; number < end; number += 4)
        words[(number - request.from) / 4] = peek(function->place, static_cast<std::uint16_t>(number), Width::dword);
    if (request.bytes == 0) return {};
    return sys::safe_copy_to(caller, request.buffer, 0, words, request.bytes);
}

void Server::on(Endpoint caller, const ReadRegisters &request, sef::ReplyTo<Nothing> reply) {
    reply.status(copy_registers(caller, request));
}

void Server::on(Endpoint, const Rescan &, sef::ReplyTo<Rescan::Reply> reply) {
    const auto changes = functions_.walk();
    if (!changes) return reply.fail(changes.error());
    if (changes->came != 0 || changes->gone != 0)
        sys::log("rescan: %u PCI functions came, %u are gone", changes->came, changes->gone);
    reply.ok({changes->came, changes->gone});
}

}  // namespace axo::pci
