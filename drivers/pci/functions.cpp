// The walk (PCI-to-PCI Bridge Architecture Specification 1.2, 3.2.5): a bridge says which bus is behind it.
#include "drivers/pci/functions.hpp"

#include <algorithm>

#include "lib/sys/log.hpp"

namespace axo::pci {

namespace {

constexpr unsigned devices = 32, functions_of_device = 8, buses = 256;
constexpr std::uint32_t multi_function = 0x80, layout_bits = 0x7f;
constexpr std::uint32_t bridge_class = 0x06, host_bridge = 0x0600, pci_bridge = 0x0604, cardbus_bridge = 0x0607;

constexpr unsigned bars_of(Layout layout) {
    switch (layout) {
        case Layout::device: return bars_max;
        case Layout::bridge: return 2;
        case Layout::cardbus: return 1;
    }
    return 0;
}

bool is_there(Place place) {
    const std::uint32_t vendor = peek(place, reg::ids, Width::word);
    return vendor != 0xffff && vendor != 0;
}

/// A header of a kind that its class cannot have is read as a plain device: it leads nowhere.
Layout layout_of(std::uint32_t header, std::uint32_t class_code) {
    const std::uint32_t kind = header & layout_bits, class_and_subclass = class_code >> 8;
    if (kind == 1 && class_and_subclass == pci_bridge) return Layout::bridge;
    if (kind == 2 && class_and_subclass == cardbus_bridge) return Layout::cardbus;
    return Layout::device;
}

/// What stands in the header. Resources are not measured yet.
Function describe(Place place) {
    Function function{};
    function.place = place;
    const std::uint32_t ids = peek(place, reg::ids, Width::dword);
    const std::uint32_t revision = peek(place, reg::class_revision, Width::dword);
    function.vendor = static_cast<std::uint16_t>(ids);
    function.device = static_cast<std::uint16_t>(ids >> 16);
    function.class_code = revision >> 8;
    function.revision = static_cast<std::uint8_t>(revision);
    function.layout = layout_of(peek(place, reg::header_type, Width::byte), function.class_code);
    function.interrupt_line = static_cast<std::uint8_t>(peek(place, reg::interrupt_line, Width::byte));
    function.interrupt_pin = static_cast<std::uint8_t>(peek(place, reg::interrupt_pin, Width::byte));
    if (function.layout == Layout::device) {
        const std::uint32_t subsystem = peek(place, reg::subsystem, Width::dword);
        function.subsystem_vendor = static_cast<std::uint16_t>(subsystem);
        function.subsystem = static_cast<std::uint16_t>(subsystem >> 16);
    } else {
        function.bus_behind = static_cast<std::uint8_t>(peek(place, reg::secondary_bus, Width::byte));
    }
    return function;
}

/// The same piece of hardware, as far as one can tell: it was not changed for another since.
bool is_same(const Function &a, const Function &b) {
    return a.place == b.place && a.vendor == b.vendor && a.device == b.device && a.class_code == b.class_code &&
           a.layout == b.layout && a.subsystem_vendor == b.subsystem_vendor && a.subsystem == b.subsystem;
}

/// A host bridge decodes the machine's memory: it is not switched off to be measured.
void measure(Function &function) {
    if (function.class_code >> 8 == host_bridge) return;
    read_bars(function.place, bars_of(function.layout), function.bars);
}

}  // namespace

/// One walk: the table that it makes, and which buses it has seen. A bridge that names a bus twice leads into a loop.
class Functions::Walk {
public:
    explicit Walk(std::span<const Function> known) : known_(known) {}

    /// Bus after bus; those behind the bridges of a bus come when it is done. Errors: no_memory.
    Status run() {
        seen_[0] = true;
        TRY(visit_bus(0));
        for (unsigned next = first_waiting(); next != buses; next = first_waiting()) {
            waiting_[next] = false;
            TRY(visit_bus(static_cast<std::uint8_t>(next)));
        }
        std::sort(made_.begin(), made_.end(),
                  [](const Function &a, const Function &b) { return a.place.number() < b.place.number(); });
        return {};
    }

    Vector<Function> take() { return std::move(made_); }
    std::uint32_t came() const { return came_; }

private:
    Status visit_bus(std::uint8_t bus) {
        for (std::uint8_t device = 0; device < devices; ++device) TRY(visit_device(bus, device));
        return {};
    }

    /// A device has function 0, and others only if that one says so.
    Status visit_device(std::uint8_t bus, std::uint8_t device) {
        const Place first{bus, device, 0};
        if (!is_there(first)) return {};
        TRY(add(first));
        if ((peek(first, reg::header_type, Width::byte) & multi_function) == 0) return {};
        for (std::uint8_t function = 1; function < functions_of_device; ++function)
            if (is_there({bus, device, function})) TRY(add({bus, device, function}));
        return {};
    }

    Status add(Place place) {
        Function function = describe(place);
        const auto known =
            std::find_if(known_.begin(), known_.end(), [&](const Function &other) { return is_same(other, function); });
        if (known != known_.end())
            std::copy(std::begin(known->bars), std::end(known->bars), std::begin(function.bars));
        else
            measure(function);
        TRY(made_.push_back(function));
        if (known == known_.end()) ++came_;
        if (function.leads_on()) lead_on(function);
        return {};
    }

    void lead_on(const Function &bridge) {
        if (seen_[bridge.bus_behind]) {
            sys::log("bridge %02x:%02x.%x names bus %02x, which is known: not followed", bridge.place.bus,
                     bridge.place.device, bridge.place.function, bridge.bus_behind);
            return;
        }
        seen_[bridge.bus_behind] = waiting_[bridge.bus_behind] = true;
    }

    unsigned first_waiting() const {
        return static_cast<unsigned>(std::find(std::begin(waiting_), std::end(waiting_), true) - std::begin(waiting_));
    }

    std::span<const Function> known_;
    Vector<Function> made_{scratch_heap()};
    std::uint32_t came_ = 0;
    bool seen_[buses] = {}, waiting_[buses] = {};
};

const Function *Functions::at_or_after(std::uint32_t place) const {
    const auto found =
        std::lower_bound(found_.begin(), found_.end(), place,
                         [](const Function &function, std::uint32_t at) { return function.place.number() < at; });
    return found != found_.end() ? &*found : nullptr;
}

Result<Functions::Changes> Functions::walk() {
    if (!has_config_space()) return Changes{};
    Walk walk(found_.span());
    TRY(walk.run());
    const Vector<Function> made = walk.take();
    TRY(found_.reserve(made.size()));
    const auto stayed = static_cast<std::uint32_t>(made.size()) - walk.came();
    const auto gone = static_cast<std::uint32_t>(found_.size()) - stayed;
    found_.clear();
    TRY(found_.append(made.span()));
    return Changes{walk.came(), gone};
}

}  // namespace axo::pci
