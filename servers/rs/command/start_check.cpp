// Everything that a user program can get wrong in a start record.
#include "servers/rs/command/start_check.hpp"

#include <algorithm>

#include "lib/base/fixed_string.hpp"
#include "servers/rs/spawn/image_store.hpp"

namespace axo::rs {

namespace {

constexpr std::uint64_t longest_period_ns = 3600'000'000'000;

template <std::size_t size>
bool ends_with_nul(const char (&text)[size]) {
    return text_of(text).size() < size;
}

bool lists_fit(const service::StartRecord &record) {
    return record.irq_count <= service::irq_max && record.io_count <= service::io_max &&
           record.pci_count <= service::pci_max && record.pci_class_count <= service::pci_class_max &&
           record.control_count <= service::control_max;
}

bool ranges_make_sense(const service::StartRecord &record) {
    return std::all_of(record.io, record.io + record.io_count, [](IoRange range) { return range.first <= range.last; });
}

bool texts_end(const service::StartRecord &record) {
    const bool controls_end = std::all_of(record.control, record.control + record.control_count,
                                          [](const auto &name) { return ends_with_nul(name); });
    return controls_end && ends_with_nul(record.ipc) && ends_with_nul(record.label);
}

}  // namespace

Status check_start_record(service::StartRecord &record) {
    if (!ends_with_nul(record.command) || !ends_with_nul(record.script)) return Error::too_big;
    if (!lists_fit(record) || !texts_end(record) || !ranges_make_sense(record)) return Error::invalid;
    if (record.command[0] != '/' || (record.script[0] != '\0' && record.script[0] != '/')) return Error::invalid;
    if (record.period_ns > longest_period_ns || record.major > 255) return Error::invalid;
    if (record.label[0] == '\0') put_text(record.label, program_name(text_of(record.command)));
    return record.label[0] == '\0' ? Status{Error::invalid} : Status{};
}

Status check_update_record(service::StartRecord &record) {
    TRY(check_start_record(record));
    if (record.drop_count > service::drop_max || !std::all_of(record.drop, record.drop + record.drop_count,
                                                              [](const auto &name) { return ends_with_nul(name); }))
        return Error::invalid;
    if (record.update_state == 0 || record.max_prepare_ns > service::max_prepare_ns) return Error::invalid;
    return {};
}

}  // namespace axo::rs
