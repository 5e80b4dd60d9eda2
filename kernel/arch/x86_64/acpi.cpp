// Reading ACPI tables (ACPI specification 6.4, chapter 5) without an interpreter.
#include "kernel/arch/x86_64/acpi.hpp"

#include "kernel/arch/arch.hpp"

#include <cstring>

namespace axo::kernel::arch {
namespace {

struct [[gnu::packed]] RootPointer {
    char signature[8];
    std::uint8_t checksum;
    char oem[6];
    std::uint8_t revision;
    std::uint32_t rsdt;
    std::uint32_t bytes;  // from revision 2 on
    std::uint64_t xsdt;
};

struct [[gnu::packed]] TableHeader {
    char signature[4];
    std::uint32_t bytes;
    std::uint8_t rest[28];
};
static_assert(sizeof(TableHeader) == 36);

constexpr std::uint64_t reach = 4ull * 1024 * 1024 * 1024;
constexpr std::uint32_t max_table_bytes = 1024 * 1024;
constexpr std::uint64_t bios_start = 0xe'0000, bios_end = 0x10'0000;
constexpr unsigned fadt_dsdt = 40, fadt_control_port = 64;

/// The list of tables: RSDT with 4-byte or XSDT with 8-byte addresses.
PhysAddr list;
unsigned address_bytes;

const std::uint8_t *bytes_at(PhysAddr address) { return static_cast<const std::uint8_t *>(ram(address)); }

template <typename T>
T read(PhysAddr address) {
    T value;
    std::memcpy(&value, ram(address), sizeof value);
    return value;
}

bool sums_to_zero(PhysAddr address, std::uint32_t bytes) {
    std::uint8_t sum = 0;
    for (std::uint32_t i = 0; i < bytes; ++i) sum = static_cast<std::uint8_t>(sum + bytes_at(address)[i]);
    return sum == 0;
}

bool is_root_pointer(PhysAddr address) {
    return std::memcmp(bytes_at(address), "RSD PTR ", 8) == 0 && sums_to_zero(address, 20);
}

bool is_table(PhysAddr address, const char *signature) {
    if (address.value == 0 || address.value > reach - max_table_bytes) return false;
    const auto header = read<TableHeader>(address);
    if (std::memcmp(header.signature, signature, 4) != 0) return false;
    return header.bytes >= sizeof header && header.bytes <= max_table_bytes && sums_to_zero(address, header.bytes);
}

/// The sleep type of \_S5: NameOp "_S5_" PackageOp PkgLength NumElements, then the first integer.
bool find_sleep_type(PhysAddr dsdt, std::uint8_t &type) {
    const std::uint8_t *code = bytes_at(dsdt);
    const std::uint32_t bytes = read<TableHeader>(dsdt).bytes;
    for (std::uint32_t at = sizeof(TableHeader); at + 16 < bytes; ++at) {
        if (std::memcmp(code + at, "_S5_", 4) != 0 || code[at + 4] != 0x12) continue;
        const std::uint8_t *element = code + at + 5;
        element += 1 + (*element >> 6) + 1;  // PkgLength, of one to four bytes, and NumElements
        type = *element == 0x0a ? element[1] : *element;
        return type < 8;
    }
    return false;
}

}  // namespace

void find_acpi(PhysAddr root) {
    if (root.value == 0 || !is_root_pointer(root)) {
        for (root = PhysAddr{bios_start}; root.value < bios_end && !is_root_pointer(root);) root.value += 16;
        if (root.value == bios_end) return;
    }
    const auto pointer = read<RootPointer>(root);
    const bool extended = pointer.revision >= 2 && is_table(PhysAddr{pointer.xsdt}, "XSDT");
    list = PhysAddr{extended ? pointer.xsdt : pointer.rsdt};
    address_bytes = extended ? 8 : 4;
    if (!extended && !is_table(list, "RSDT")) list = PhysAddr{0};
}

PhysAddr acpi_table(const char *signature) {
    if (list.value == 0) return PhysAddr{0};
    const std::uint32_t bytes = read<TableHeader>(list).bytes;
    for (std::uint32_t at = sizeof(TableHeader); at + address_bytes <= bytes; at += address_bytes) {
        const PhysAddr entry = list.offset(at);
        const PhysAddr table{address_bytes == 8 ? read<std::uint64_t>(entry) : read<std::uint32_t>(entry)};
        if (is_table(table, signature)) return table;
    }
    return PhysAddr{0};
}

PowerOffRegister acpi_power_off() {
    const PhysAddr fadt = acpi_table("FACP");
    if (fadt.value == 0) return {};
    const auto port = read<std::uint32_t>(fadt.offset(fadt_control_port));
    const PhysAddr dsdt{read<std::uint32_t>(fadt.offset(fadt_dsdt))};
    std::uint8_t type;
    if (port > 0xffff || !is_table(dsdt, "DSDT") || !find_sleep_type(dsdt, type)) return {};
    return {static_cast<std::uint16_t>(port), static_cast<std::uint16_t>(1u << 13 | static_cast<unsigned>(type) << 10)};
}

}  // namespace axo::kernel::arch
