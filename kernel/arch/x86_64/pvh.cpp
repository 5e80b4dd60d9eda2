// The hvm_start_info of the PVH boot protocol (Xen's documentation: pvh.pandoc), which QEMU -kernel passes.
#include "kernel/arch/x86_64/boot_information.hpp"

namespace axo::kernel::arch {
namespace {

struct StartInfo {
    std::uint32_t magic, version, flags, module_count;
    std::uint64_t modules, command_line, acpi_root;
    std::uint64_t memory_map;  // from version 1 on
    std::uint32_t memory_map_count, reserved;
};

struct Module {
    std::uint64_t start, bytes, command_line, reserved;
};

struct MemoryMapEntry {
    std::uint64_t start, bytes;
    std::uint32_t type, reserved;
};

constexpr std::uint32_t available_ram = 1;

}  // namespace

bool read_pvh(PhysAddr information, LoaderFacts &facts) {
    facts.info.loader = "PVH";
    const auto *start = static_cast<const StartInfo *>(ram(information));
    if (start->magic != pvh_loaded || start->version < 1) return false;
    const auto *map = static_cast<const MemoryMapEntry *>(ram(PhysAddr{start->memory_map}));
    for (std::uint32_t i = 0; i < start->memory_map_count; ++i)
        if (map[i].type == available_ram) add_ram(facts, map[i].start, map[i].bytes);
    if (start->command_line != 0)
        set_command_line(facts, static_cast<const char *>(ram(PhysAddr{start->command_line})));
    if (start->module_count != 0) {
        const auto *module = static_cast<const Module *>(ram(PhysAddr{start->modules}));
        facts.info.archive = {PhysAddr{module->start}, module->bytes};
    }
    facts.acpi_root = PhysAddr{start->acpi_root};
    return facts.info.ram_count != 0;
}

}  // namespace axo::kernel::arch
