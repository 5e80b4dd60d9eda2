// Everything is checked, then the service has it; its processes follow. Of a dead one nobody minds.
#include "servers/rs/rights/giver.hpp"

#include <algorithm>

#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::rs {

namespace {

constexpr std::uint64_t last_port = 0xffff, last_irq = 255;

bool makes_sense(const GiveRight &right) {
    switch (right.kind) {
        case RightKind::ports: return right.first <= right.second && right.second <= last_port;
        case RightKind::memory:
            return right.second != 0 && right.first % page_size == 0 && right.second % page_size == 0 &&
                   right.first + right.second > right.first;
        case RightKind::interrupt: return right.first != 0 && right.first <= last_irq && right.second == 0;
    }
    return false;
}

IoRange ports_of(const GiveRight &right) {
    return {static_cast<std::uint16_t>(right.first), static_cast<std::uint16_t>(right.second)};
}

bool has_already(const GivenRights &given, const GiveRight &right) {
    const auto same_ports = [&](IoRange io) { return io.first == right.first && io.last == right.second; };
    const auto same_memory = [&](MemoryRange m) { return m.start.value == right.first && m.bytes == right.second; };
    switch (right.kind) {
        case RightKind::ports: return std::any_of(given.io, given.io + given.counts.io, same_ports);
        case RightKind::memory: return std::any_of(given.memory, given.memory + given.counts.memory, same_memory);
        case RightKind::interrupt:
            return std::find(given.irqs, given.irqs + given.counts.irqs, right.first) != given.irqs + given.counts.irqs;
    }
    return false;
}

/// Some of the ports or memory of a list.
bool overlaps(const GivenRights &given, const GiveRight &right) {
    const auto ports_meet = [&](IoRange io) { return io.first <= right.second && right.first <= io.last; };
    const auto memory_meets = [&](MemoryRange m) {
        return m.start.value < right.first + right.second && right.first < m.start.value + m.bytes;
    };
    switch (right.kind) {
        case RightKind::ports: return std::any_of(given.io, given.io + given.counts.io, ports_meet);
        case RightKind::memory: return std::any_of(given.memory, given.memory + given.counts.memory, memory_meets);
        case RightKind::interrupt: break;
    }
    return false;
}

bool names_device(const service::StartRecord &record, const MayUseDevice &asked) {
    const auto is_it = [&](const service::PciDevice &item) {
        return item.vendor == asked.vendor && item.device == asked.device;
    };
    const auto is_of_class = [&](const service::PciClass &item) {
        return (asked.class_code & item.mask) == item.value;
    };
    return std::any_of(record.pci, record.pci + record.pci_count, is_it) ||
           std::any_of(record.pci_classes, record.pci_classes + record.pci_class_count, is_of_class);
}

bool is_full(const GivenRights &given, RightKind kind) {
    switch (kind) {
        case RightKind::ports: return given.counts.io == GivenRights::io_max;
        case RightKind::memory: return given.counts.memory == GivenRights::memory_max;
        case RightKind::interrupt: return given.counts.irqs == GivenRights::irq_max;
    }
    return true;
}

void note(GivenRights &given, const GiveRight &right) {
    switch (right.kind) {
        case RightKind::ports: given.io[given.counts.io++] = ports_of(right); break;
        case RightKind::memory: given.memory[given.counts.memory++] = {PhysAddr{right.first}, right.second}; break;
        case RightKind::interrupt: given.irqs[given.counts.irqs++] = static_cast<std::uint8_t>(right.first); break;
    }
}

/// Elements of a list from `had` on.
template <typename T>
void add_rest(const Instance &instance, PrivilegeRequest request, const T *list, std::uint32_t had, std::uint32_t now) {
    for (; had < now; ++had) {
        T element = list[had];
        const Status added = sys::privilege_control(instance.endpoint, request, &element);
        if (!added && !instance.dead)
            sys::log("right not added to %x: error %d", instance.endpoint.value, static_cast<int>(added.error()));
    }
}

}  // namespace

void bring_up_to_date(const Service &service, Instance &instance) {
    if (!instance.exists() || !instance.runs) return;
    const GivenRights &given = service.given;
    add_rest(instance, PrivilegeRequest::add_io, given.io, instance.given.io, given.counts.io);
    add_rest(instance, PrivilegeRequest::add_memory, given.memory, instance.given.memory, given.counts.memory);
    add_rest(instance, PrivilegeRequest::add_irq, given.irqs, instance.given.irqs, given.counts.irqs);
    instance.given = given.counts;
}

/// It could call the kernel itself; through RS it outlives the process.
bool Giver::may_give(Endpoint asking) {
    const Service *service = services_.find(asking);
    if (service == nullptr || service->active.endpoint != asking) return false;
    return rights_.of(*service, service->record).kernel_calls.test(call_bit(KernelCall::privilege_control));
}

bool Giver::is_anothers(const Service &service, const GiveRight &right) {
    for (const Service &other : services_.all())
        if (&other != &service && overlaps(other.given, right)) return true;
    return false;
}

Status Giver::may_use(Endpoint asking, const MayUseDevice &request) {
    if (!may_give(asking)) return Error::not_permitted;
    const Service *service = services_.find(text_of(request.label));
    if (service == nullptr) return Error::no_process;
    return names_device(service->record, request) ? Status{} : Status{Error::not_permitted};
}

Status Giver::give(Endpoint asking, const GiveRight &request) {
    if (!may_give(asking)) return Error::not_permitted;
    Service *service = services_.find(text_of(request.label));
    if (service == nullptr || service->core()) return Error::no_process;
    if (!makes_sense(request)) return Error::invalid;
    if (has_already(service->given, request)) return {};
    if (is_anothers(*service, request)) return Error::busy;
    if (is_full(service->given, request.kind)) return Error::no_memory;
    note(service->given, request);
    const bool places_change =
        service->work.step == service::Step::swap || service->work.step == service::Step::swap_back;
    if (places_change) return {};  // who is where nobody knows until VM has answered; the updater sees to it then
    bring_up_to_date(*service, service->active);
    bring_up_to_date(*service, service->next);
    return {};
}

}  // namespace axo::rs
